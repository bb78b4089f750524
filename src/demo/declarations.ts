const TEST_PATH = /(^|\/)(tests?|__tests__|spec)\/|[._-](test|spec)\.[a-z]+$|(^|\/)test_[^/]*\.py$/;
const CODE_PATH = /\.([cm]?[jt]sx?|py)$/;

export function isTestPath(path: string): boolean {
  return TEST_PATH.test(path);
}

/** Program text that runs in production: no tests, no documents, no data. */
export function isCodePath(path: string): boolean {
  return CODE_PATH.test(path) && !isTestPath(path);
}

const FUNCTIONS = [
  /^export\s+(?:default\s+)?(?:async\s+)?function\s*\*?\s*([A-Za-z_$][\w$]*)/,
  /^export\s+class\s+([A-Za-z_$][\w$]*)/,
  /^export\s+const\s+([A-Za-z_$][\w$]*)\s*=\s*(?:async\s*)?(?:\([^)]*\)|[A-Za-z_$][\w$]*)\s*=>/,
  /^(?:module\.)?exports\.([A-Za-z_$][\w$]*)\s*=\s*(?:async\s+)?(?:function|\()/,
  /^(?:async\s+)?def\s+([A-Za-z][\w]*)\s*\(/,
];

/** The public function or class that a line declares. */
export function declaredFunction(text: string): string | undefined {
  for (const pattern of FUNCTIONS) {
    const name = pattern.exec(text)?.[1];
    if (name !== undefined) return name;
  }
  return undefined;
}

const ROUTES = [
  /\b(?:app|router|server|api|routes)\.(?:get|post|put|patch|delete|all|route)\(\s*['"`](\/[^'"`]*)['"`]/,
  /\b(?:pathname|path|url)\s*===?\s*['"`](\/[^'"`]*)['"`]/,
  /['"`](?:GET|POST|PUT|PATCH|DELETE)\s+(\/[^'"`]*)['"`]/,
];

/** The route that a line serves, by its path. */
export function servedRoute(text: string): string | undefined {
  for (const pattern of ROUTES) {
    const path = pattern.exec(text)?.[1];
    if (path !== undefined) return path;
  }
  return undefined;
}

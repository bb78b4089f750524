/** What stands for an arm in a query: `{{arm}}` its name, `{{version}}` its digest, `{{version_short}}` the first 12 digits. */
export interface TemplateValues {
  readonly arm: string;
  readonly version: string;
}

const PLACEHOLDER = /\{\{\s*([a-z_]*)\s*\}\}/g;
const KNOWN = new Set(['arm', 'version', 'version_short']);

/** Why a template cannot be used; undefined when it can. One without any placeholder would give both arms the same numbers. */
export function checkTemplate(template: string): string | undefined {
  const names = [...template.matchAll(PLACEHOLDER)].map(([, name = '']) => name);
  const unknown = names.find((name) => !KNOWN.has(name));
  if (unknown !== undefined) return `{{${unknown}}} is not known; there are {{arm}}, {{version}} and {{version_short}}`;
  return names.length === 0 ? 'names neither {{arm}} nor {{version}}, so both arms would show the same' : undefined;
}

/** Values are digests and names that the configuration has checked, so nothing of them can end a PromQL string. */
export function fillTemplate(template: string, { arm, version }: TemplateValues): string {
  const values: Record<string, string> = { arm, version, version_short: version.slice(0, 12) };
  return template.replaceAll(PLACEHOLDER, (whole, name: string) => values[name] ?? whole);
}

import { z } from 'zod';
import { ChangeEcho } from '../agents/change-echo.ts';
import { holdsRedaction } from '../agents/redact-secrets.ts';
import type { ReviewAnswer } from '../agents/review-answer.ts';
import type { ScepticAnswer } from '../agents/sceptic-answer.ts';
import type { VerifyAnswer } from '../agents/verify-answer.ts';
import { FindingCategory, type ReportedFinding } from '../policy/finding.ts';
import { declaredFunction, isCodePath, isTestPath, servedRoute } from './declarations.ts';
import { type DiffLine, type DiffLines, readDiffLines } from './diff-lines.ts';

export const ReviewInput = z.object({ task: z.literal('review'), change: ChangeEcho, diff: z.string() });

/** A pattern in one added line of production code. */
interface LineRule {
  readonly found: (text: string) => boolean;
  readonly finding: Pick<ReportedFinding, 'category' | 'severity' | 'confidence' | 'trigger' | 'fix'>;
}

const LINE_RULES: readonly LineRule[] = [
  {
    found: holdsCredential,
    finding: {
      category: 'security',
      severity: 'critical',
      confidence: 0.95,
      trigger: 'Whoever can read the repository, now or later in its history, can use this credential.',
      fix: 'Revoke it, remove it from the history and read it from the environment.',
    },
  },
  {
    found: (text) => buildsSql(text),
    finding: {
      category: 'security',
      severity: 'high',
      confidence: 0.85,
      trigger: 'A value that a caller chooses becomes part of the SQL statement itself.',
      fix: 'Pass the value as a bound parameter.',
    },
  },
  {
    found: (text) => /(^|[^\w.])(eval|new\s+Function)\s*\(/.test(text),
    finding: {
      category: 'security',
      severity: 'high',
      confidence: 0.85,
      trigger: 'Text that reaches this call is run as code.',
      fix: 'Parse the text as data, or choose from a fixed list of functions.',
    },
  },
  {
    found: (text) => /\bexec(?:Sync)?\(\s*(`[^`]*\$\{|['"][^'"]*['"]\s*\+)/.test(text),
    finding: {
      category: 'security',
      severity: 'high',
      confidence: 0.85,
      trigger: 'A value with shell syntax in it runs another command.',
      fix: 'Use execFile with an argument list.',
    },
  },
  {
    found: (text) =>
      /^\s+.*\b(?:readFileSync|writeFileSync|appendFileSync|execSync|spawnSync|pbkdf2Sync|scryptSync)\s*\(/.test(text),
    finding: {
      category: 'performance',
      severity: 'medium',
      confidence: 0.7,
      trigger: 'While this call runs, the process answers no other request.',
      fix: 'Use the asynchronous form, or do it once at start-up.',
    },
  },
];

const STEERING =
  /ignore (?:all |any )?(?:previous|prior|above) instructions|(?:ai|automated|automatic) reviewers?\b.*\b(?:approve|skip|pass)|approve this (?:change|pull request|pr)\b/i;

/** Finds what stands in the lines of the diff, nothing else: what only shows under load it cannot see. */
export function reviewByScript(input: z.infer<typeof ReviewInput>): ReviewAnswer {
  const lines = readDiffLines(input.diff);
  const findings = findAll(lines);
  return { change_echo: input.change, findings: findings.slice(0, 100), rationale: explain(lines, findings) };
}

export const VerifyInput = z.object({
  task: z.literal('verify'),
  change: ChangeEcho,
  finding: z.object({ category: FindingCategory, quote: z.string() }),
  code: z.string(),
});

/** Looks at the code again, by itself: confirmed when the same pattern is found at the line that is quoted. */
export function verifyByScript(input: z.infer<typeof VerifyInput>): VerifyAnswer {
  const { category, quote } = input.finding;
  const lines = readDiffLines(input.code);
  const found = findAll(lines).some((own) => own.category === category && own.quote === quote.trim());
  return {
    change_echo: input.change,
    verdict: found ? 'confirmed' : 'unconfirmed',
    reasoning: found
      ? `The line reads ${quote.trim().slice(0, 200)} and does what is claimed.`
      : 'No line of the code shown does what is claimed.',
  };
}

export const ScepticInput = z.object({ task: z.literal('sceptic'), change: ChangeEcho, diff: z.string() });

/** Serious problems alone, and no gaps in tests: those refute nothing. */
export function refuteByScript(input: z.infer<typeof ScepticInput>): ScepticAnswer {
  const lines = readDiffLines(input.diff);
  const reasons = findAll(lines).filter(({ severity }) => severity === 'critical' || severity === 'high');
  return {
    change_echo: input.change,
    refuted: reasons.length > 0,
    reasons: reasons.slice(0, 20),
    reasoning:
      reasons.length > 0
        ? `Refuted by ${reasons.length} line${reasons.length === 1 ? '' : 's'}.`
        : `Tried ${lines.added.length} added and ${lines.removed.length} removed lines against every known pattern; none shows harm.`,
  };
}

function findAll(lines: DiffLines): ReportedFinding[] {
  return [...lineFindings(lines), ...steeringFindings(lines), ...breakingFindings(lines), ...coverageFindings(lines)];
}

function lineFindings({ added }: DiffLines): ReportedFinding[] {
  const code = added.filter(({ path }) => !isTestPath(path) && !/\.(md|txt|rst|lock)$/.test(path));
  return code.flatMap((line) =>
    LINE_RULES.filter((rule) => rule.found(line.text)).map((rule) => at(line, rule.finding)),
  );
}

function steeringFindings({ added }: DiffLines): ReportedFinding[] {
  const finding = {
    category: 'security',
    severity: 'high',
    confidence: 0.8,
    trigger: 'The text is written for whoever reviews this change and asks for a verdict.',
    fix: 'Remove it.',
  } as const;
  return added.filter(({ text }) => STEERING.test(text)).map((line) => at(line, finding));
}

function breakingFindings({ added, removed }: DiffLines): ReportedFinding[] {
  return removed
    .filter(({ path }) => isCodePath(path))
    .flatMap((line): ReportedFinding[] => {
      const route = servedRoute(line.text);
      if (route !== undefined && !added.some(({ text }) => servedRoute(text) === route)) {
        const trigger = `Callers of ${route} get 404 as soon as this is deployed.`;
        return [
          at(line, {
            category: 'breaking',
            severity: 'high',
            confidence: 0.9,
            trigger,
            fix: `Keep ${route} until nobody calls it.`,
          }),
        ];
      }
      const name = declaredFunction(line.text);
      if (name !== undefined && !added.some(({ text }) => declaredFunction(text) === name)) {
        const trigger = `Code that imports ${name} no longer loads.`;
        return [
          at(line, {
            category: 'breaking',
            severity: 'high',
            confidence: 0.7,
            trigger,
            fix: `Keep ${name} as an alias, or change its users with it.`,
          }),
        ];
      }
      return [];
    });
}

function coverageFindings({ added, removed }: DiffLines): ReportedFinding[] {
  const tests = added.filter(({ path }) => isTestPath(path)).map(({ text }) => text);
  return added
    .filter(({ path }) => isCodePath(path))
    .flatMap((line): ReportedFinding[] => {
      const what = declaredFunction(line.text) ?? servedRoute(line.text);
      if (what === undefined || tests.some((text) => text.includes(what))) return [];
      if (removed.some(({ text }) => (declaredFunction(text) ?? servedRoute(text)) === what)) return [];
      const trigger = `No test of this change mentions ${what}, so nothing notices when it stops doing what it promises.`;
      return [
        at(line, {
          category: 'coverage',
          severity: 'low',
          confidence: 0.8,
          trigger,
          fix: `Test ${what} with an ordinary case and its boundaries.`,
        }),
      ];
    });
}

function at(line: DiffLine, finding: LineRule['finding']): ReportedFinding {
  return { ...finding, path: line.path, line: line.line, quote: line.text.trim().slice(0, 2000) };
}

const PROVIDER_KEYS =
  /AKIA[0-9A-Z]{16}|\bsk_live_\w{16,}|\bgh[pousr]_\w{20,}|\bxox[abp]-[\w-]{20,}|-----BEGIN [A-Z ]*PRIVATE KEY-----/;
const ASSIGNED =
  /(?:api[_-]?key|secret|passw(?:or)?d|token|private[_-]?key|credential)\w*['"]?\s*[:=]\s*(['"`])([^'"`\s]{12,})\1/i;
const PLACEHOLDER = /example|placeholder|change[-_]?me|your[-_]|xxxx|<|\$\{|test|dummy|fake/i;

/** The mark of what was taken out before it was sent, a provider's key format, or a long mixed literal given to something that is called a secret. */
function holdsCredential(text: string): boolean {
  if (holdsRedaction(text) || PROVIDER_KEYS.test(text)) return true;
  const value = ASSIGNED.exec(text)?.[2];
  return value !== undefined && !PLACEHOLDER.test(value) && /\d/.test(value) && /[a-z]/i.test(value);
}

function buildsSql(text: string): boolean {
  if (!/\b(?:select\b.+\bfrom|insert\s+into|update\s+\S+\s+set|delete\s+from)\b/i.test(text)) return false;
  return /['"]\s*\+\s*[\w(]/.test(text) || /(^|[^\w])`[^`]*\$\{/.test(text) || /\bf['"].*\{\w/.test(text);
}

function explain({ added, removed }: DiffLines, findings: readonly ReportedFinding[]): string {
  const paths = [...new Set([...added, ...removed].map(({ path }) => path))];
  const names = [...new Set(added.flatMap(({ text }) => declaredFunction(text) ?? servedRoute(text) ?? []))];
  const parts = [
    `Read ${added.length} added and ${removed.length} removed lines in ${paths.slice(0, 8).join(', ') || 'no file'}.`,
    names.length > 0 ? `New or changed: ${names.slice(0, 12).join(', ')}.` : 'No new public function or route.',
    findings.length > 0
      ? `Found ${findings
          .map((finding) => `${finding.severity} ${finding.category}`)
          .slice(0, 12)
          .join(', ')}.`
      : 'No line matches a known problem.',
    'How the change behaves under production traffic cannot be told from the diff.',
  ];
  return parts.join(' ');
}

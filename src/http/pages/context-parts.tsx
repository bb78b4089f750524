import type { Severity as SeverityWord } from '../../policy/finding.ts';
import type { ContextPackage } from '../../runs/context-package.ts';
import { printable } from './printable.ts';
import type { RunEvidence } from './run-evidence.ts';
import { Code, Text } from './text.tsx';
import { sentence } from './words.ts';

/** Findings and the model's own words, apart from each other: one is verified, the other is opinion. */
export function ContextParts({ evidence }: { evidence: RunEvidence }) {
  return (
    <>
      <Findings findings={evidence.findings} />
      <Reasoning text={evidence.agent_reasoning} />
    </>
  );
}

/** What a person reads first; the rest is a fold away. */
const TOP = 5;
const RANK: Record<SeverityWord, number> = { critical: 0, high: 1, medium: 2, low: 3 };

function Findings({ findings }: { findings: ContextPackage['findings'] | null }) {
  if (findings === null) return null;
  const sorted = findings.toSorted((a, b) => RANK[a.severity] - RANK[b.severity] || b.confidence - a.confidence);
  return (
    <section class="card" aria-labelledby="findings">
      <div class="section-head">
        <h2 id="findings">Findings</h2>
        <span class="count">{findings.length}</span>
      </div>
      {findings.length === 0 ? (
        <p class="empty empty-calm">Nothing was found.</p>
      ) : (
        <ul class="findings">
          {sorted.slice(0, TOP).map((finding) => (
            <Finding finding={finding} />
          ))}
        </ul>
      )}
      {sorted.length > TOP && (
        <details class="fold" id="more-findings">
          <summary>
            The others <span class="count">{sorted.length - TOP}</span>
          </summary>
          <ul class="findings">
            {sorted.slice(TOP).map((finding) => (
              <Finding finding={finding} />
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function Finding({ finding }: { finding: ContextPackage['findings'][number] }) {
  return (
    <li class="finding">
      <p class="finding-head">
        <Severity word={finding.severity} />
        <strong>
          <Text>{sentence(finding.category)}</Text>
        </strong>
        <code class="path">
          <Text>{finding.line === null ? finding.path : `${finding.path}:${finding.line}`}</Text>
        </code>
        <span class="tag">{`found by the model, confidence ${Math.round(finding.confidence * 100)} %`}</span>
      </p>
      {finding.quote !== '' && <Code>{finding.quote}</Code>}
      {finding.trigger !== '' && (
        <p class="finding-line">
          <span class="label">Trigger</span> <Text>{finding.trigger}</Text>
        </p>
      )}
      {finding.fix !== '' && (
        <p class="finding-line">
          <span class="label">Fix</span> <Text>{finding.fix}</Text>
        </p>
      )}
    </li>
  );
}

const SEVERITY_TONES: Readonly<Record<string, string>> = { critical: 'bad', high: 'bad', medium: 'wait' };

function Severity({ word }: { word: string }) {
  return (
    <span class={`severity severity-${SEVERITY_TONES[word.toLowerCase()] ?? 'idle'}`}>
      <Text>{sentence(word)}</Text>
    </span>
  );
}

function Reasoning({ text }: { text: string | null }) {
  if (text === null || text.trim() === '') return null;
  return (
    <section class="card card-opinion" aria-labelledby="reasoning">
      <div class="section-head">
        <h2 id="reasoning">What the model said</h2>
        <span class="tag">opinion</span>
      </div>
      <p class="hint">
        Written by a model that read untrusted text. It decides nothing; the score and the route are computed.
      </p>
      <blockquote class="prose">{printable(text)}</blockquote>
    </section>
  );
}

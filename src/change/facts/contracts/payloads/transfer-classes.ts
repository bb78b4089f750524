import { findCalls, type Item, makeBlockEnds, makeLineCounter } from '../../compare-items.ts';
import { extensionOf } from '../../file-kind.ts';
import { splitAtCommas } from '../library/signature.ts';
import type { TransferFields } from './transfer-fields.ts';

/** Classes that by their names are what an API takes or gives. */
const TRANSFERRED = /(?:D[Tt][Oo]|Request|Response|Payload|ViewModel|Resource|Body)$/;
/** Of these by their names callers send what stands in them. */
const SENT = /(?:Request|Payload|Body|Command)(?:D[Tt][Oo])?$|^(?:Create|Update|New)\w*D[Tt][Oo]$/;
const CLASS =
  /\b(class|record(?:[ \t]+(?:struct|class))?)[ \t]+(\w+)(?:<[^>\n]{0,100}>)?\s*([({:]|extends\b|implements\b)/g;
const JAVA_FIELD =
  /^[ \t]+((?:@\w+(?:\([^()\n]{0,200}\))?\s+)*)(?:(?:private|public|protected|final)[ \t]+)+(?!static\b|class\b|record\b|enum\b|interface\b)(?:final[ \t]+)?[\w.<>,?[\] ]{1,200}?[ \t]+(\w+)[ \t]*(?:=[^;\n]{0,300})?;/gm;
const KOTLIN_FIELD =
  /^[ \t]+((?:@[\w:]+(?:\([^()\n]{0,200}\))?\s+)*)(?:(?:override|lateinit)[ \t]+)*(?:val|var)[ \t]+(\w+)[ \t]*:/gm;
const CSHARP_PROPERTY =
  /^[ \t]+((?:\[[^\]\n]{0,200}\]\s*)*)public[ \t]+((?:(?:required|virtual|override|init|new)[ \t]+)*)[\w.<>,?[\] ]{1,200}?[ \t]+(\w+)\s*\{\s*get\b/gm;
/** The name on the wire, where it is another than in the code. */
const WIRE_NAME =
  /(?:JsonProperty(?:Name)?|SerialName|SerializedName|Json)\(\s*(?:(?:value|name)\s*=\s*)?"([^"\n]{1,100})"/;
const UNSENT = /\bJsonIgnore\b|@Transient\b|\bIgnoreDataMember\b/;
const MUST_BE_GIVEN = /@(?:[\w:]*:)?(?:NotNull|NotBlank|NotEmpty)\b|\[(?:[^\]]*[,\s])?Required\b|required\s*=\s*true/;

const MAX_LIST_CHARS = 20_000;

/** The fields of Java, Kotlin and C# classes whose names say that they are what requests and answers hold. */
export function readTransferClasses(path: string, code: string): TransferFields {
  const lineAt = makeLineCounter(code);
  const offers: Item[] = [];
  const demands: Item[] = [];
  const endOf = makeBlockEnds(code);
  const language = extensionOf(path);
  const add = (owner: string, marks: string, name: string, at: number, asked: boolean) => {
    if (UNSENT.test(marks)) return;
    const key = `${owner}.${WIRE_NAME.exec(marks)?.[1] ?? name}`.replace(
      /\.(.)/,
      (_whole, first: string) => `.${first.toLowerCase()}`,
    );
    offers.push({ key, line: lineAt(at), rule: 'transfer_field' });
    if (asked || MUST_BE_GIVEN.test(marks)) demands.push({ key, line: lineAt(at), rule: 'transfer_field_required' });
  };
  for (const match of code.matchAll(CLASS)) {
    const [whole, kind = '', owner = '', next = ''] = match;
    if (!TRANSFERRED.test(owner)) continue;
    let at = match.index + whole.length - 1;
    if (next === '(') {
      const close = endOf(at);
      readList(owner, at + 1, close - 1, kind);
      at = close;
    }
    const body = /^[^{;]{0,300}\{/.exec(code.slice(at, at + 310));
    if (body !== null) readBody(owner, at + body[0].length - 1);
  }
  return { offers, demands };

  /** What a record or a Kotlin class takes at its head. */
  function readList(owner: string, from: number, to: number, kind: string): void {
    if (to - from > MAX_LIST_CHARS) return;
    const list = code.slice(from, to);
    let at = 0;
    for (const part of splitAtCommas(list, true)) {
      at = Math.max(list.indexOf(part, at), 0);
      const plain = part.split(/=(?!=)/, 1)[0] ?? '';
      const name =
        language === 'kt'
          ? /\b(?:val|var)\s+(\w+)\s*:/.exec(part)?.[1]
          : kind.startsWith('record')
            ? /(\w+)\s*$/.exec(withoutMarks(plain))?.[1]
            : undefined;
      const mayBeLeftOut =
        /=\s*\S+$/.test(withoutMarks(part)) ||
        /\?\s*$/.test(language === 'kt' ? withoutMarks(part) : plain.replace(/\w+\s*$/, ''));
      if (name !== undefined)
        add(owner, part, name, from + at, language !== 'java' && !mayBeLeftOut && SENT.test(owner));
    }
  }

  function readBody(owner: string, open: number): void {
    const body = code.slice(open, endOf(open));
    const pattern = language === 'java' ? JAVA_FIELD : language === 'kt' ? KOTLIN_FIELD : CSHARP_PROPERTY;
    for (const { match } of findCalls(body, pattern)) {
      const marks = match[1] ?? '';
      const name = match[3] ?? match[2] ?? '';
      const asked = language === 'cs' && /\brequired\b/.test(match[2] ?? '');
      add(owner, marks, name, open + match.index + match[0].search(/\S/), asked);
    }
  }
}

function withoutMarks(part: string): string {
  return part.replace(/@[\w:.]+(?:\([^()]*\))?|\[[^\]]*\]/g, ' ').trim();
}

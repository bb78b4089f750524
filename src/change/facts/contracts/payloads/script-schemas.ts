import { findCalls, type Item, makeLineCounter } from '../../compare-items.ts';
import { splitAtCommas } from '../library/signature.ts';
import type { TransferFields } from './transfer-fields.ts';

/** `export const CreateOrder = z.object({ … })`, as zod, valibot, TypeBox and Joi write it. */
const SCHEMA =
  /^(?:export[ \t]+)?const[ \t]+(\w+)(?:[ \t]*:[^=\n]{0,100})?\s*=\s*(?:z|v|t|Type|Joi|S|yup)\.(?:object|strictObject|looseObject|Object)\(\s*\{/gm;
const NAMED_AFTER_INSIDE = /env|config|settings|options|state|cache|job|event|theme|session/i;
const API_PATH =
  /(?:^|[/.])(?:schemas?|dtos?|apis?|routes?|routers?|controllers?|validat\w*|requests?|responses?|contracts?|handlers?|endpoints?)(?:[/.]|$)/i;
const ANSWERS = /(?:Response|Result|Output|Reply)(?:Schema|Dto)?$/i;
const MAY_BE_LEFT_OUT = /\.(?:optional|default|nullish|catch|exactOptional)\(|\bOptional\(|\boptional\(|\bnullish\(/;

/** The fields of objects that describe what an API of JavaScript or TypeScript takes and gives. */
export function readScriptSchemas(path: string, code: string): TransferFields {
  const offers: Item[] = [];
  const demands: Item[] = [];
  if (!API_PATH.test(path)) return { offers, demands };
  const lineAt = makeLineCounter(code);
  for (const { match, end } of findCalls(code, SCHEMA, code.length)) {
    const owner = match[1] ?? '';
    if (NAMED_AFTER_INSIDE.test(owner)) continue;
    const start = match.index + match[0].length;
    const body = code.slice(start, end - 1);
    let at = 0;
    for (const part of splitAtCommas(body)) {
      at = Math.max(body.indexOf(part, at), 0);
      const [, name = '', value = ''] = /^["']?([\w$-]+)["']?\s*:([\s\S]*)$/.exec(part) ?? [];
      if (name === '') continue;
      const item = { key: `${owner}.${name}`, line: lineAt(start + at) };
      offers.push({ ...item, rule: 'transfer_field' });
      const required =
        match[0].includes('Joi') || match[0].includes('yup')
          ? /\.required\(/.test(value)
          : !MAY_BE_LEFT_OUT.test(value);
      if (required && !ANSWERS.test(owner)) demands.push({ ...item, rule: 'transfer_field_required' });
    }
  }
  return { offers, demands };
}

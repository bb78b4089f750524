import { endOfBracket, findCalls, type Item, makeLineCounter } from '../../compare-items.ts';
import { extensionOf } from '../../file-kind.ts';
import { readViewMethods } from '../routes/view-methods.ts';
import { readAnswerFields, readPhpDemands, readPhpRequests } from './answer-fields.ts';
import { readScriptSchemas } from './script-schemas.ts';
import { readTransferClasses } from './transfer-classes.ts';
import type { TransferFields } from './transfer-fields.ts';
import { readStructs } from './transfer-structs.ts';

const NONE: TransferFields = { offers: [], demands: [] };

export function readTransferFields(path: string, code: string): TransferFields {
  switch (extensionOf(path)) {
    case 'py':
      return readPython(path, code);
    case 'ts':
      return joined(readNest(path, code), readScriptSchemas(path, code));
    case 'js':
    case 'mjs':
      return readScriptSchemas(path, code);
    case 'go':
    case 'rs':
      return readStructs(path, code);
    case 'java':
    case 'kt':
    case 'cs':
      return readTransferClasses(path, code);
    case 'php':
      return { offers: [...readAnswerFields(path, code), ...readPhpRequests(code)], demands: readPhpDemands(code) };
    case 'rb':
    case 'jbuilder':
    case 'ex':
      return { offers: readAnswerFields(path, code), demands: [] };
    default:
      return NONE;
  }
}

function joined(one: TransferFields, other: TransferFields): TransferFields {
  return { offers: [...one.offers, ...other.offers], demands: [...one.demands, ...other.demands] };
}

/** Where models are those of an API: by the name of file or folder, or by what else the file does. */
const API_PATH =
  /(?:^|\/)(?:\w+_)?(?:schemas?|dtos?|api|apis|routers?|routes|endpoints|requests?|responses?)(?:_\w+)?(?:\/|\.py$)/i;
const API_CODE = /\b(?:APIRouter|FastAPI)\(|\bresponse_model\s*=/;
const PY_CLASS = /^class[ \t]+(\w+)\(([^)\n]*)\)[ \t]*:/;
const PY_FIELD = /^ {4}([a-z]\w*)[ \t]*:[ \t]*([^=\n]+?)[ \t]*(?:=[ \t]*(.*))?$/;
const SERIALIZER_FIELD = /^ {4}([a-z]\w*)[ \t]*=[ \t]*(?:serializers\.)?\w*(?:Field|Serializer)\(/;
const SERIALIZER_LIST = /^[ \t]+fields[ \t]*\+?=[ \t]*[([]/gm;
const INNER_MODEL = /(?:Settings|Config|State|Context|Options)$/;
const SENT = /(?:Create|Update|Request|Input|Payload|Params|Body|Form|Query)|In$/;

/** Whether there may be classes that serve requests. */
const VIEWS = /^class[^\n]*(?:View|ViewSet|Resource|Handler)\b/m;

function readPython(path: string, code: string): TransferFields {
  const views = VIEWS.test(code) ? readViewMethods(code) : [];
  if (!/Model\b|Serializer\b/.test(code)) return { offers: views, demands: [] };
  const isApi = API_PATH.test(path) || API_CODE.test(code);
  const models = new Set<string>();
  const offers: Item[] = [];
  const demands: Item[] = [];
  let owner = '';
  let kind: 'model' | 'serializer' | null = null;
  for (const [index, line] of code.split('\n').entries()) {
    if (/^\S/.test(line)) {
      const [, name = '', bases = ''] = PY_CLASS.exec(line) ?? [];
      owner = name;
      if (/Serializer\b/.test(bases)) kind = 'serializer';
      else kind = isApi && isModel(bases, models) && !INNER_MODEL.test(name) ? 'model' : null;
      if (kind === 'model') models.add(name);
    }
    if (kind === null || owner === '') continue;
    const field = kind === 'serializer' ? SERIALIZER_FIELD.exec(line) : PY_FIELD.exec(line);
    const [, name = '', type = '', value] = field ?? [];
    if (name === '' || name === 'model_config' || /\bClassVar\b/.test(type)) continue;
    offers.push({ key: `${owner}.${name}`, line: index + 1, rule: 'transfer_field' });
    const required = value === undefined ? !/\bOptional\b|\bNone\b/.test(type) : /^(?:Field\(\s*)?\.\.\./.test(value);
    if (kind === 'model' && required && SENT.test(owner))
      demands.push({ key: `${owner}.${name}`, line: index + 1, rule: 'transfer_field_required' });
  }
  return { offers: [...offers, ...serializerLists(code), ...views], demands };
}

/** Pydantic's own base, one of the project's that is called after it (`ShopModel`), or a model of the same file. */
function isModel(bases: string, models: ReadonlySet<string>): boolean {
  return bases
    .split(',')
    .some((base) => /^\s*(?:\w+\.)?(?<!models\.)[A-Z]\w*Model\s*$/.test(base) || models.has(base.trim()));
}

/** `fields = ["id", "total"]` of a serializer's `class Meta`. */
function serializerLists(code: string): Item[] {
  if (!/Serializer\b/.test(code)) return [];
  const lineAt = makeLineCounter(code);
  const owners = [...code.matchAll(/^class[ \t]+(\w+)\(([^)\n]*)\)[ \t]*:/gm)];
  return [...findCalls(code, SERIALIZER_LIST)].flatMap(({ match, end }) => {
    const owner = owners.findLast((one) => one.index < match.index);
    if (owner === undefined || !/Serializer\b/.test(owner[2] ?? '')) return [];
    return [...code.slice(match.index, end).matchAll(/["'](\w+)["']/g)].map((name) => ({
      key: `${owner[1] ?? ''}.${name[1] ?? ''}`,
      line: lineAt(match.index + name.index),
      rule: 'transfer_field',
    }));
  });
}

const NEST_CLASS = /\bexport[ \t]+(?:abstract[ \t]+)?class[ \t]+(\w+)[^{\n]*\{/g;
/** Decorators, then a property that is neither a method nor computed. */
const NEST_PROPERTY =
  /^[ \t]*((?:@\w+\([^\n@]*\)\s*)*)(?:public[ \t]+|readonly[ \t]+|declare[ \t]+)*([A-Za-z_]\w*)([?!]?)[ \t]*:[ \t]*([^=;\n({]+)(=?)/gm;
const NEST_MARK = /@(?:Is[A-Z]\w*|ApiProperty\w*|ValidateNested|Matches|Min|Max|Length|MinLength|MaxLength)\(/;
const ANSWERS = /(?:Response|Result|Output|View|Entity|Res)(?:Dto)?$/;

function readNest(path: string, code: string): TransferFields {
  if (!path.endsWith('.dto.ts') && !NEST_MARK.test(code)) return NONE;
  const lineAt = makeLineCounter(code);
  const offers: Item[] = [];
  const demands: Item[] = [];
  for (const { match, end } of findCalls(code, NEST_CLASS)) {
    const owner = match[1] ?? '';
    const start = match.index + match[0].length;
    const body = code.slice(start, end);
    if (!path.endsWith('.dto.ts') && !NEST_MARK.test(body)) continue;
    for (const field of withoutNested(body).matchAll(NEST_PROPERTY)) {
      const [whole, marks = '', name = '', optional = '', , initial = ''] = field;
      const line = lineAt(start + field.index + whole.lastIndexOf(name));
      offers.push({ key: `${owner}.${name}`, line, rule: 'transfer_field' });
      const required = optional !== '?' && initial === '' && !/@(?:IsOptional|ApiPropertyOptional)\(/.test(marks);
      if (required && !ANSWERS.test(owner))
        demands.push({ key: `${owner}.${name}`, line, rule: 'transfer_field_required' });
    }
  }
  return { offers, demands };
}

/** A class's body with what stands in further braces turned to spaces. */
function withoutNested(body: string): string {
  let out = body;
  for (let at = out.indexOf('{'); at >= 0; at = out.indexOf('{', at + 1)) {
    const end = endOfBracket(out, at);
    out = out.slice(0, at) + out.slice(at, end).replace(/[^\n]/g, ' ') + out.slice(end);
  }
  return out;
}

import { type Command, InvalidArgumentError } from 'commander';
import { InputError } from '../errors.ts';
import { Scope } from '../http/tokens.ts';
import { issueToken } from '../record-token.ts';
import type { CliIo } from './cli-io.ts';
import { parseDuration } from './parse-duration.ts';
import { printJson } from './print-json.ts';
import { type ConfigOption, withCore } from './with-stores.ts';

interface CreateOptions extends ConfigOption {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly person?: string;
  readonly expiresIn?: number;
  readonly json?: boolean;
}

export function registerTokenCreate(parent: Command, io: CliIo): void {
  parent
    .command('create')
    .summary('make a token and print it once')
    .description(
      'Makes a token for a machine, or for a person of slipway.yaml. It is printed this once and stored as a hash.',
    )
    .requiredOption('--name <name>', 'who or what uses it')
    .requiredOption('--scopes <list>', `comma-separated: ${Scope.options.join(', ')}`, parseScopes)
    .option('--person <person>', 'a key of people: in slipway.yaml; only such a token may decide')
    .option('--expires-in <duration>', 'e.g. 720h; without it the token does not expire', parseDuration)
    .option('--config <file>', 'the file (default: SLIPWAY_CONFIG, else ./slipway.yaml)')
    .option('--json', 'print one JSON document')
    .action((options: CreateOptions) =>
      withCore(options, async (core, config) => {
        const person = options.person ?? null;
        if (person !== null && config.people[person] === undefined) {
          throw new InputError([
            {
              field: '--person',
              problem: `${person} is not under people: in slipway.yaml`,
              fix: 'add them there with their e-mails and logins',
            },
          ]);
        }
        const expiresAt = options.expiresIn === undefined ? null : new Date(Date.now() + options.expiresIn);
        const made = await issueToken(core, { name: options.name, scopes: options.scopes, person, expiresAt });
        if (options.json === true) return printJson(io, made);
        io.out(`${made.token}\n`);
        io.err(`token ${made.id}: shown this once, keep it now\n`);
      }),
    );
}

function parseScopes(text: string): Scope[] {
  return text.split(',').map((part) => {
    const scope = Scope.safeParse(part.trim());
    if (!scope.success) throw new InvalidArgumentError(`"${part}" is none of ${Scope.options.join(', ')}.`);
    return scope.data;
  });
}

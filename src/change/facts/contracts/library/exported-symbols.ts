import { extensionOf } from '../../file-kind.ts';
import { readCsharpExports } from './csharp-exports.ts';
import { readElixirExports } from './elixir-exports.ts';
import type { Exported } from './exported.ts';
import { readGoExports } from './go-exports.ts';
import { readJvmExports } from './jvm-exports.ts';
import { readPhpExports } from './php-exports.ts';
import { readPythonExports } from './python-exports.ts';
import { readRubyExports } from './ruby-exports.ts';
import { readRustExports } from './rust-exports.ts';
import { readScriptExports } from './script-exports.ts';

/** Names that a file offers, with signatures. */
export function readExports(path: string, code: string): Exported[] {
  switch (extensionOf(path)) {
    case 'py':
      return readPythonExports(path, code);
    case 'go':
      return readGoExports(path, code);
    case 'rs':
      return readRustExports(code);
    case 'java':
    case 'kt':
      return readJvmExports(path, code);
    case 'cs':
      return readCsharpExports(code);
    case 'php':
      return readPhpExports(code);
    case 'rb':
      return readRubyExports(code);
    case 'ex':
      return readElixirExports(code);
    default:
      return /\.[cm]?[jt]sx?$/.test(path) ? readScriptExports(code) : [];
  }
}

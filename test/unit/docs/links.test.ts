import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { COMMANDS, GROUPS } from '../../../src/cli/command-table.ts';
import { EXIT } from '../../../src/cli/exit-code-of.ts';
import { packageRoot } from '../../../src/package-root.ts';
import { makeFakeIo } from '../cli/fake-io.ts';
import { type Markdown, parseMarkdown, readDocuments } from './markdown.ts';

const documents = readDocuments();
const PackageJson = z.object({ scripts: z.record(z.string(), z.string()) });
const { scripts } = PackageJson.parse(JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')));

/** Folders of the repository; a path that begins with another one is an example of somebody else's. */
const FOLDERS = /^(?:src|test|docs|script|examples|ops|prompts|public|bin|bench|\.ci)\//;

describe.each(documents)('$file', (document) => {
  it('links only to files and headings that exist', () => {
    expect(document.links.flatMap((link) => brokenLink(document, link))).toEqual([]);
  });

  it('names only files that exist', () => {
    // An example speaks of its own files.
    const places = [packageRoot, resolve(packageRoot, dirname(document.file))];
    expect(pathsNamed(document).filter((path) => places.every((place) => !existsSync(join(place, path))))).toEqual([]);
  });

  it('names only npm scripts that exist', () => {
    const named = [...document.codeSpans, ...document.codeLines].flatMap((code) =>
      [...code.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name = '']) => name),
    );
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  // The first of these reads in the whole command line, which takes a loaded machine its time.
  it('names only commands and options that exist', { timeout: 180_000 }, async () => {
    const wrong = await Promise.all(commandLines(document).map(async (line) => wrongIn(line)));
    expect(wrong.flat()).toEqual([]);
  });
});

describe('README.md', () => {
  it('lists every exit code', () => {
    const readme = readFileSync(join(packageRoot, 'README.md'), 'utf8');
    const listed = [...readme.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
    expect(listed).toEqual(Object.values(EXIT).toSorted((a, b) => a - b));
  });
});

describe('these tests', () => {
  const bad = parseMarkdown(
    'docs/bad.md',
    'See [a](gone.md), [b](../README.md#no-such-heading), `src/gone.ts`, `slipway vanish <run>`.\n```sh\nnpx slipway audit verify --heads x # see\n```\n',
  );

  it('find a missing file, heading, path, command and option', { timeout: 180_000 }, async () => {
    expect(bad.links.flatMap((link) => brokenLink(bad, link))).toEqual(['gone.md', '../README.md#no-such-heading']);
    expect(pathsNamed(bad)).toEqual(['src/gone.ts']);
    const wrong = await Promise.all(commandLines(bad).map(async (line) => wrongIn(line)));
    expect(wrong.flat()).toEqual(['slipway vanish', 'slipway audit verify --heads']);
  });

  it('read the documents that matter', () => {
    const files = documents.map(({ file }) => file);
    expect(files).toEqual(
      expect.arrayContaining(['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'docs/configuration.md']),
    );
    expect(documents.flatMap(commandLines).length).toBeGreaterThan(20);
    expect(documents.flatMap(pathsNamed).length).toBeGreaterThan(50);
  });
});

/** The link itself when it leads nowhere, else nothing. Addresses of other sites are not asked. */
function brokenLink(document: Markdown, link: string): string[] {
  if (/^[a-z]+:/i.test(link)) return [];
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? join(packageRoot, document.file) : resolve(packageRoot, dirname(document.file), path);
  if (!existsSync(target)) return [link];
  if (anchor === undefined) return [];
  const found = documents.find(({ file }) => file === relative(packageRoot, target));
  return found === undefined || found.anchors.includes(anchor) ? [] : [link];
}

/** Of a path with a placeholder or a star, the folder before it. */
function pathsNamed(document: Markdown): string[] {
  const paths = document.codeSpans.filter((code) => FOLDERS.test(code) && !/\s/.test(code));
  return paths.map((path) => (/[<*{]/.test(path) ? path.slice(0, path.search(/[<*{]/)).replace(/[^/]*$/, '') : path));
}

/** What is typed: words and options after `slipway`, without the arguments of the command. */
function commandLines(document: Markdown): string[][] {
  return [...document.codeSpans, ...document.codeLines].flatMap((code) => {
    const typed = /^\s*(?:\$ |- )?(?:npx )?slipway ([a-z][^#|>]*)/.exec(code)?.[1];
    return typed === undefined ? [] : [typed.trim().split(/\s+/)];
  });
}

/** What of a command line does not exist, e.g. `slipway vanish` or `slipway enqueue --nope`. */
async function wrongIn([first = '', second = '', ...rest]: string[]): Promise<string[]> {
  const isGroup = first in GROUPS;
  const name = isGroup ? `${first} ${second}` : first;
  if (isGroup && !/^[a-z]/.test(second)) return [];
  const entry = COMMANDS.find((command) => command.name === name);
  if (entry === undefined) return [`slipway ${name}`];
  const parent = new Command();
  (await entry.load())(parent, makeFakeIo().io);
  const known = new Set(parent.commands.flatMap((command) => command.options.map((option) => option.long)));
  const options = [second, ...rest].flatMap((word) => /^--[a-z][a-z-]*/.exec(word)?.[0] ?? []);
  return options
    .filter((option) => option !== '--help' && !known.has(option))
    .map((option) => `slipway ${name} ${option}`);
}

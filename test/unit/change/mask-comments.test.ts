import { describe, expect, test } from 'vitest';
import { maskComments } from '../../../src/change/facts/mask-comments.ts';

const masked = (path: string, text: string) => maskComments(path, text).replace(/\s+/g, ' ').trim();

describe('maskComments', () => {
  test.each([
    ['a.js', 'a(); // b', 'a();'],
    ['a.js', "const u = 'http://x'; /* b */ c();", "const u = 'http://x'; c();"],
    ['a.js', 'const r = /[/*]/; evil(); /* x */', 'const r = /[/*]/; evil();'],
    ['a.js', "x.replace(/'/g, ''); evil(); // it's", "x.replace(/'/g, ''); evil();"],
    ['a.js', 'const half = a / 2; // b / c', 'const half = a / 2;'],
    ['a.py', '"""Doc."""\nx = "#a"  # b', 'x = "#a"'],
    ['a.rb', 'x = 1 # b\n=begin\nhidden\n=end\ny = 2', 'x = 1 y = 2'],
    ['a.sql', "select 'it''s --' -- b", "select 'it''s --'"],
    ['a.php', "#[Route('/x')]\n# b\nf();", "#[Route('/x')] f();"],
    ['a.txt', '// kept', '// kept'],
  ])('%s: %s', (path, text, expected) => {
    expect(masked(path, text)).toBe(expected);
  });

  test('lines stay where they are', () => {
    const text = 'a\n/* b\nc */\nd // e\n';
    expect(maskComments('a.js', text).split('\n')).toHaveLength(text.split('\n').length);
  });
});

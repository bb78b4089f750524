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
    ['a.js', 'if (x) /[/*]/.test(y); evil(); // */', 'if (x) /[/*]/.test(y); evil();'],
    ['a.js', 'const half = (a + b) / 2; // c / d', 'const half = (a + b) / 2;'],
    ['a.php', "// fine ?> <?php system('id');", "?> <?php system('id');"],
    ['a.sql', '/*!50000 drop table users */ select 1;', 'drop table users */ select 1;'],
    ['a.js', 'a(); // b\r\nc(); // d\r\n', 'a(); c();'],
  ])('%s: %s', (path, text, expected) => {
    expect(masked(path, text)).toBe(expected);
  });

  test.each([
    ['a lone CR', 'a.js', '// fine\revil();'],
    ['U+2028', 'a.ts', '// fine\u2028evil();'],
    ['U+2029', 'a.js', '// fine\u2029evil();'],
    ['a line end that Java reads first', 'A.java', '// fine \\u000a evil();'],
    ['an end that Java reads first', 'A.java', '/* \\u002a\\u002f evil(); /* */'],
    ['an encoding of escapes', 'a.py', '# -*- coding: unicode_escape -*-\n# \\nimport evil'],
    ['UTF-7', 'a.py', '#!/usr/bin/python\n# coding=utf-7\n# +AAo-import evil'],
    ['an HTML comment that is over at once', 'a.html', '<!--> <script>evil()</script> -->'],
    ['an HTML comment with an odd end', 'a.html', '<!-- a --!> <script>evil()</script> -->'],
  ])('nothing is taken for a comment where one can end unseen: %s', (_what, path, text) => {
    expect(maskComments(path, text)).toBe(text);
  });

  test('lines stay where they are', () => {
    const text = 'a\n/* b\nc */\nd // e\n';
    expect(maskComments('a.js', text).split('\n')).toHaveLength(text.split('\n').length);
  });
});

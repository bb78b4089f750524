import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseXml } from '../../../src/sandbox/parse-xml.ts';

function outcomeOf(text: string): string {
  try {
    return `root ${parseXml(text).name}`;
  } catch (error) {
    return String(error);
  }
}

describe('parseXml', () => {
  it('reads elements, attributes, text, CDATA and comments', () => {
    const root = parseXml(
      '<?xml version="1.0"?>\n<a x="1 &lt; &#10;&#x41;" y=\'"\'>t<!-- <b> --><b/><![CDATA[<raw> &amp;]]></a>\n',
    );
    expect(root.name).toBe('a');
    expect(root.attributes).toEqual(
      new Map([
        ['x', '1 < \nA'],
        ['y', '"'],
      ]),
    );
    expect(root.text).toBe('t<raw> &amp;');
    expect(root.children.map((child) => child.name)).toEqual(['b']);
  });

  it.each([
    ['an entity bomb', '<!DOCTYPE l [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><l>&b;</l>', '<!DOCTYPE'],
    ['an external entity', '<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>', '<!DOCTYPE'],
    ['an unknown entity', '<a>&nbsp;</a>', 'unknown entity &nbsp;'],
    ['a bare ampersand', '<a>x & y</a>', 'unknown entity'],
    ['a number that is no character', '<a>&#x110000;</a>', 'unknown entity'],
    ['a wrong end', '<a><b></a></b>', '</a> closes nothing'],
    ['a missing end', '<a><b>', '<b> is never closed'],
    ['two roots', '<a/><b/>', 'exactly one root'],
    ['text outside', 'hello <a/>', 'exactly one root'],
    ['nothing', '', 'exactly one root'],
    ['an open comment', '<a><!-- </a>', 'at character 3'],
    ['a twice-given attribute', '<a x="1" x="2"/>', 'appears twice'],
    ['an attribute without quotes', '<a x=1/>', 'at character 0'],
    ['deep nesting', '<a>'.repeat(100_000), 'too deep'],
  ])('refuses %s', (_what, text, why) => {
    expect(() => parseXml(text)).toThrow(why);
  });

  it('ends soon on input made to be slow', () => {
    for (const text of [
      `<a ${'x="1" '.repeat(100_000)}`,
      `<${'a'.repeat(500_000)}`,
      `<a${' '.repeat(500_000)}x`,
      `<a>${'&'.repeat(100_000)}`,
    ]) {
      expect(() => parseXml(text)).toThrow('not well-formed');
    }
  });

  it('throws nothing but its own error, whatever it is given', () => {
    const piece = fc.constantFrom(
      '<',
      '>',
      '</',
      '/>',
      'a',
      ' x="',
      '"',
      '&',
      ';',
      'lt',
      '<![CDATA[',
      ']]>',
      '<!--',
      '-->',
      '<?',
      '?>',
      '\n',
      '=',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        expect(outcomeOf(pieces.join(''))).toMatch(/^(root \S|InputError: report: is not well-formed XML)/);
      }),
    );
  });
});

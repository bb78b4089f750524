import { extname } from 'node:path/posix';

/** Says what it is where a person reads a log of the sandbox. */
const SAYS = 'control: this run must not pass';

/** Assertions that must not hold, as expressions over what the test itself uses. */
const EXPECT = ['expect(1).toBe(2)', 'expect([1]).toEqual([2])', 'expect(true).toBeFalsy()'];
const CHAI = ['expect(1).to.equal(2)', 'expect([1]).to.deep.equal([2])'];
const ASSERT = ['equal(1, 2)', 'strictEqual(1, 2)', 'deepEqual([1], [2])', 'deepStrictEqual([1], [2])', 'ok(false)'];
const UNITTEST = ['assertEqual(1, 2)', 'assertTrue(False)', 'assertFalse(True)', 'assertIn(1, [])', 'assertIsNone(1)'];

/**
 * A generated test with one more, which has to fail: it throws, unless an assertion that must not hold did. Where a run of it
 * is green, the change decides what passes (a runner of its own, a report that it writes, an assertion that it took the
 * teeth out of), and the run without it says as little. A file in another language ends in what no language reads.
 */
export function controlTest(file: string, code: string): string {
  if (extname(file) === '.py') return `${code}\n${pythonControl(code)}`;
  if (/^\.[cm]?[jt]sx?$/.test(extname(file))) return `${code}\n${scriptControl(code)}`;
  return `${code}\n)]}>"' ${SAYS}\n`;
}

function scriptControl(code: string): string {
  const library = /['"]((?:node:)?assert(?:\/strict)?)['"]/.exec(code)?.[1];
  const isModule = /^\s*import\b[^(]*['"]/m.test(code);
  const taken = isModule ? `import slipwayAssert from '${library}';` : `const slipwayAssert = require('${library}');`;
  const broken = [
    ...(library === undefined ? [] : ASSERT.map((call) => `slipwayAssert.${call}`)),
    ...(/\bexpect\s*\(/.test(code) ? (/\)\s*\.to\./.test(code) ? CHAI : EXPECT) : []),
  ];
  const register = ['test', 'it'].find((name) => new RegExp(`(?<![\\w.])${name}\\s*\\(`).test(code));
  return `${library === undefined ? '' : `${taken}\n`}function slipwayControl() {
  let held = 0;
  for (const broken of [${broken.map((call) => `() => ${call}`).join(', ')}]) {
    try {
      broken();
      held += 1;
    } catch {}
  }
  if (held === 0) throw new Error('${SAYS}');
}
${register === undefined ? 'slipwayControl();' : `${register}('slipway control', slipwayControl);`}
`;
}

function pythonControl(code: string): string {
  const usesUnittest = /\bunittest\b/.test(code);
  const broken = [
    'plain()',
    ...(/\bpytest\b/.test(code) ? ['raises()'] : []),
    ...(usesUnittest ? UNITTEST.map((call) => `unittest.TestCase().${call}`) : []),
  ];
  const register = usesUnittest
    ? `

class TestSlipwayControl(__import__('unittest').TestCase):
    def test_slipway_control(self):
        slipway_control()
`
    : /^\s*(?:async\s+)?def test/m.test(code)
      ? `

def test_slipway_control():
    slipway_control()
`
      : '\n\nslipway_control()\n';
  return `

def slipway_control():
    def plain():
        assert 1 == 2

    def raises():
        import pytest

        with pytest.raises(ValueError):
            pass

    import unittest

    held = 0
    for broken in [${broken.map((call) => `lambda: ${call}`).join(', ')}]:
        try:
            broken()
            held += 1
        except BaseException:
            pass
    if held == 0:
        raise AssertionError('${SAYS}')
${register}`;
}

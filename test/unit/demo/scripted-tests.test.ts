import { describe, expect, it } from 'vitest';
import { writeNodeTest } from '../../../src/demo/scripted-node-test.ts';
import { writePythonTest } from '../../../src/demo/scripted-python-test.ts';
import { TestInput } from '../../../src/demo/test-input.ts';

const SOURCE = `/**
 * Takes a percentage off a price.
 * @example discount(200, 25) // => 150
 * @example discount(10, 101) // throws RangeError
 * @example discount(cart.total, 5) // => 1
 */
export function discount(price, percent) {
  if (percent > 100) throw new RangeError('percent');
  return price - (price * percent) / 100;
}

// slug('A b') // => 'a-b'
export const slug = (text) => text.toLowerCase().replaceAll(' ', '-');

export function helper() {}
`;

function makeInput(over: Partial<TestInput> = {}): TestInput {
  return TestInput.parse({
    task: 'test-gen',
    change: { pr_number: 3, head_sha: 'd'.repeat(40) },
    language: 'javascript',
    test_file: 'test/generated/pr-3.test.js',
    gaps: [{ path: 'src/discount.js', quote: 'export function discount(price, percent) {' }],
    sources: [{ path: 'src/discount.js', text: SOURCE }],
    existing_tests: [],
    previous: null,
    ...over,
  });
}

describe('writeNodeTest', () => {
  it('asserts what the documentation promises, for what was asked', () => {
    const { test_code, targets, edge_cases } = writeNodeTest(makeInput());
    expect(targets).toEqual(['discount']);
    expect(edge_cases).toEqual(['discount(200, 25)', 'discount(10, 101)']);
    expect(test_code).toContain('assert.deepEqual(discount(200, 25), 150);');
    expect(test_code).toContain('assert.throws(() => discount(10, 101), RangeError);');
    expect(test_code).not.toContain('cart');
  });

  it('takes every documented function when no gap names one', () => {
    expect(writeNodeTest(makeInput({ gaps: [] })).targets).toEqual(['discount', 'slug']);
  });

  it('imports as though it lay beside the source, and repairs that when the run says so', () => {
    const first = writeNodeTest(makeInput()).test_code;
    expect(first).toContain(`from './discount.js'`);
    const failure = `Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/job/test/generated/discount.js' imported from /job/test/generated/pr-3.test.js`;
    const second = writeNodeTest(makeInput({ previous: { test_code: first, failure } })).test_code;
    expect(second).toBe(first.replace(`'./discount.js'`, `'../../src/discount.js'`));
  });

  it('never bends a promise to what the code gave', () => {
    const first = writeNodeTest(makeInput()).test_code;
    const failure = 'AssertionError: Expected values to be strictly equal:\n+ actual - expected\n+ 149\n- 150';
    expect(writeNodeTest(makeInput({ previous: { test_code: first, failure } })).test_code).toBe(first);
  });

  it('drops what turned out not to be exported', () => {
    const first = writeNodeTest(makeInput({ gaps: [] })).test_code;
    const failure = `SyntaxError: The requested module './discount.js' does not provide an export named 'slug'`;
    const second = writeNodeTest(makeInput({ previous: { test_code: first, failure } })).test_code;
    expect(second).toContain(`import { discount } from './discount.js'`);
    expect(second).not.toContain('slug');
  });

  it('says so when there is nothing to call', () => {
    const { test_code, targets } = writeNodeTest(makeInput({ sources: [{ path: 'src/a.js', text: 'const a = 1;' }] }));
    expect(targets).toEqual([]);
    expect(test_code).toContain('No public function of src/a.js');
  });
});

describe('writePythonTest', () => {
  const source = `def total(prices):
    """Sum of prices.

    >>> total([1, 2])
    3
    >>> total(None)
    Traceback (most recent call last):
        ...
    TypeError: no prices
    """
    return sum(prices)
`;
  const input = makeInput({
    language: 'python',
    test_file: 'tests/test_pr_3.py',
    gaps: [],
    sources: [{ path: 'app/pricing.py', text: source }],
  });

  it('asserts the examples of the docstring', () => {
    const { test_code, targets } = writePythonTest(input);
    expect(targets).toEqual(['total']);
    expect(test_code).toContain('from pricing import total');
    expect(test_code).toContain('assert total([1, 2]) == 3');
    expect(test_code).toContain('with pytest.raises(TypeError):\n        total(None)');
  });

  it('repairs the module that was not found, the way the existing tests do it', () => {
    const first = writePythonTest(input).test_code;
    const previous = { test_code: first, failure: "E   ModuleNotFoundError: No module named 'pricing'" };
    const existing = [{ path: 'tests/test_old.py', text: 'from app.pricing import other\n' }];
    expect(writePythonTest({ ...input, existing_tests: existing, previous }).test_code).toBe(
      first.replace('from pricing', 'from app.pricing'),
    );
    const alone = writePythonTest({ ...input, previous }).test_code;
    expect(alone).toContain('from app.pricing import total');
    expect(alone).toContain('sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))');
  });
});

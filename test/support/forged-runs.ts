/** A pull request that wants a generated test to read as passed, and what has to become of the run. */
export interface ForgedRun {
  readonly name: string;
  readonly of: 'node' | 'node-assert' | 'pytest' | 'unittest';
  /** What the pull request brings beside, or in place of, the code under test. */
  readonly files: Readonly<Record<string, string>>;
  /** `steered`: by a file that is one of those; else what the run itself comes to. */
  readonly becomes: 'green' | 'steered' | 'forged' | `red: ${string}`;
}

const CART_JS = 'export const total = (prices) => prices.reduce((sum, price) => sum + price, 0);\n';
const CART_PY = 'def total(prices):\n    return sum(prices)\n';
/** As the honest one, and wrong: an honest run of the test is red. */
const WRONG_JS = 'export const total = () => 0;\n';
const WRONG_PY = 'def total(prices):\n    return 0\n';

const JUNIT =
  '<testsuite tests="1"><testcase classname="tests.test_slipway_pr1_0" name="test_total" file="tests/test_slipway_pr1_0.py"/></testsuite>';
const TAP = 'TAP version 13\\nok 1 - adds\\n1..1\\n';
const REPORT = `open('report.xml', 'w').write('${JUNIT}')`;

export const FORGED_RUNS: readonly ForgedRun[] = [
  { name: 'nothing, in JavaScript', of: 'node', files: { 'src/cart.js': CART_JS }, becomes: 'green' },
  {
    name: 'nothing, in JavaScript with a report of its own',
    of: 'node-assert',
    files: { 'src/cart.js': CART_JS },
    becomes: 'green',
  },
  { name: 'nothing, in Python', of: 'pytest', files: { 'cart.py': CART_PY }, becomes: 'green' },
  { name: 'nothing, in Python with unittest', of: 'unittest', files: { 'cart.py': CART_PY }, becomes: 'green' },
  { name: 'a wrong function', of: 'pytest', files: { 'cart.py': WRONG_PY }, becomes: 'red: tests_failed' },
  {
    name: 'code that ends the process when it is loaded',
    of: 'node',
    files: { 'src/cart.js': `process.exit(0);\n${WRONG_JS}` },
    becomes: 'red: no_tests',
  },
  {
    name: 'code that writes a report and ends the process',
    of: 'node-assert',
    files: { 'src/cart.js': `process.stdout.write('${TAP}');\nprocess.exit(0);\n${WRONG_JS}` },
    becomes: 'forged',
  },
  {
    name: 'code that takes the teeth out of an assertion',
    of: 'node',
    files: { 'src/cart.js': `import assert from 'node:assert/strict';\nassert.equal = () => {};\n${WRONG_JS}` },
    becomes: 'forged',
  },
  {
    name: 'code that swallows what is thrown',
    of: 'node',
    files: {
      'src/cart.js': `process.on('uncaughtException', () => {});\nprocess.on('exit', () => { process.exitCode = 0; });\n${WRONG_JS}`,
    },
    becomes: 'red: tests_failed',
  },
  {
    name: 'code that rewrites the report at its end',
    of: 'pytest',
    files: {
      'cart.py': `import atexit, os\n\n\ndef end():\n    ${REPORT}\n    os._exit(0)\n\n\natexit.register(end)\n${WRONG_PY}`,
    },
    becomes: 'forged',
  },
  {
    name: 'code that writes a report and ends the process, in Python',
    of: 'pytest',
    files: { 'cart.py': `import os\n${REPORT}\nos._exit(0)\n${WRONG_PY}` },
    becomes: 'forged',
  },
  {
    name: 'code that makes every report of the runner a pass',
    of: 'pytest',
    files: {
      'cart.py': `from _pytest import reports\nmake = reports.TestReport.from_item_and_call.__func__\n\n\ndef passed(cls, item, call):\n    report = make(cls, item, call)\n    report.outcome = 'passed'\n    report.longrepr = None\n    return report\n\n\nreports.TestReport.from_item_and_call = classmethod(passed)\n${WRONG_PY}`,
    },
    becomes: 'forged',
  },
  {
    name: 'code that takes the teeth out of unittest',
    of: 'unittest',
    files: { 'cart.py': `import unittest\nunittest.TestCase.assertEqual = lambda *a, **k: None\n${WRONG_PY}` },
    becomes: 'forged',
  },
  {
    name: 'a process that outlives the run and rewrites its report',
    of: 'pytest',
    files: {
      'cart.py': `import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(1)\n    ${REPORT}\n    os._exit(0)\n${WRONG_PY}`,
    },
    becomes: 'red: tests_failed',
  },
  {
    name: 'a report that is there before the run',
    of: 'pytest',
    files: { 'report.xml': JUNIT, 'cart.py': `import os\nos._exit(0)\n${WRONG_PY}` },
    becomes: 'red: no_report',
  },
  {
    name: 'a report that the run puts a link in the place of',
    of: 'pytest',
    files: {
      'forged.xml': JUNIT,
      'cart.py': `import atexit, os\n\n\ndef end():\n    os.replace('forged.xml', 'x.xml')\n    os.remove('report.xml')\n    os.symlink('x.xml', 'report.xml')\n    os._exit(0)\n\n\natexit.register(end)\n${WRONG_PY}`,
    },
    becomes: 'red: no_report',
  },
  {
    name: 'code that skips',
    of: 'pytest',
    files: { 'cart.py': `import pytest\npytest.skip('not here', allow_module_level=True)\n${WRONG_PY}` },
    becomes: 'red: only_skipped',
  },
  {
    name: 'code whose call is expected to fail',
    of: 'pytest',
    files: { 'cart.py': "import pytest\n\n\ndef total(prices):\n    pytest.xfail('later')\n" },
    becomes: 'red: only_skipped',
  },
  {
    name: 'hooks that make every outcome a pass',
    of: 'pytest',
    files: {
      'cart.py': WRONG_PY,
      'conftest.py':
        'import pytest\n\n\n@pytest.hookimpl(hookwrapper=True)\ndef pytest_runtest_makereport(item, call):\n    out = yield\n    out.get_result().outcome = "passed"\n    out.get_result().longrepr = None\n',
    },
    becomes: 'forged',
  },
  {
    name: 'settings that leave tests out',
    of: 'pytest',
    files: {
      'cart.py': 'def total(prices):\n    return sum(prices) if prices else None\n',
      'pytest.ini': '[pytest]\naddopts = -k "not empty"\n',
    },
    becomes: 'steered',
  },
  {
    name: 'a plugin that its settings load',
    of: 'pytest',
    files: {
      'cart.py': WRONG_PY,
      'pytest.ini': '[pytest]\naddopts = -p tools.quiet\n',
      'tools/__init__.py': '',
      'tools/quiet.py':
        'def pytest_collection_modifyitems(items):\n    del items[1:]\n    items[0].obj = lambda: None\n',
    },
    becomes: 'forged',
  },
  {
    name: 'a runner of its own',
    of: 'pytest',
    files: { 'cart.py': WRONG_PY, 'pytest.py': `${REPORT}\n` },
    becomes: 'forged',
  },
  {
    name: 'a runner of its own that knows the control',
    of: 'pytest',
    files: {
      'cart.py': WRONG_PY,
      'pytest.py': `import sys\nif 'control' in open(sys.argv[-1]).read():\n    sys.exit(1)\n${REPORT}\n`,
    },
    becomes: 'steered',
  },
  {
    name: 'a module of the standard library of its own',
    of: 'unittest',
    files: { 'cart.py': WRONG_PY, 'unittest/__init__.py': '', 'unittest/__main__.py': '', 'pytest.py': `${REPORT}\n` },
    becomes: 'forged',
  },
];

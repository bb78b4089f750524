/** One test as a report names it. */
export interface TestCase {
  readonly name: string;
  /** The test file, when the report says so outright. */
  readonly file: string | null;
  /** JUnit's classname: pytest puts the dotted module there, other tools what they like. */
  readonly group: string | null;
  readonly status: 'passed' | 'failed' | 'skipped';
  /** Of a failure; else empty. */
  readonly message: string;
}

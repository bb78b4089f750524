import type { LabelledCase } from './labelled-case.ts';
import { OTHER_SCHEMA_CASES } from './schema-other.ts';
import { PYTHON_SCHEMA_CASES } from './schema-python.ts';
import { SCRIPT_SCHEMA_CASES } from './schema-script.ts';
import { SQL_SCHEMA_CASES } from './schema-sql.ts';
import { STACK_SCHEMA_CASES } from './schema-stacks.ts';

export const SCHEMA_CASES: readonly LabelledCase[] = [
  ...PYTHON_SCHEMA_CASES,
  ...SCRIPT_SCHEMA_CASES,
  ...SQL_SCHEMA_CASES,
  ...OTHER_SCHEMA_CASES,
  ...STACK_SCHEMA_CASES,
];

import type { LabelledCase } from './labelled-case.ts';
import { GO_RUST_PHP_SCHEMA_CASES } from './schema-go-rust-php.ts';
import { JVM_DOTNET_SCHEMA_CASES } from './schema-jvm-dotnet.ts';
import { OTHER_SCHEMA_CASES } from './schema-other.ts';
import { PLACE_SCHEMA_CASES } from './schema-places.ts';
import { PYTHON_SCHEMA_CASES } from './schema-python.ts';
import { SCRIPT_SCHEMA_CASES } from './schema-script.ts';
import { SCRIPT_MAPPER_CASES } from './schema-script-mappers.ts';
import { SQL_SCHEMA_CASES } from './schema-sql.ts';

export const SCHEMA_CASES: readonly LabelledCase[] = [
  ...PYTHON_SCHEMA_CASES,
  ...SCRIPT_SCHEMA_CASES,
  ...SQL_SCHEMA_CASES,
  ...OTHER_SCHEMA_CASES,
  ...SCRIPT_MAPPER_CASES,
  ...JVM_DOTNET_SCHEMA_CASES,
  ...GO_RUST_PHP_SCHEMA_CASES,
  ...PLACE_SCHEMA_CASES,
];

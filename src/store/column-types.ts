import type { ColumnType } from 'kysely';

/** How columns arrive from PostgreSQL and how they are written. */

export type Timestamp = ColumnType<Date, Date | string, Date | string>;
/** bigint arrives as a string from pg: never a lossy number. */
export type Int8 = ColumnType<string, string | number | bigint, string | number | bigint>;
/** A plain value that the database fills in. */
export type Defaulted<T> = ColumnType<T, T | undefined, T>;
export type Json<T> = ColumnType<T, string, string>;
/** May be left out of an insert. Unlike kysely's own, it looks inside a ColumnType. */
export type Generated<C> = C extends ColumnType<infer S, infer I, infer U> ? ColumnType<S, I | undefined, U> : never;

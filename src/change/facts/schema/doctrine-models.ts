import { findCalls, type Item, makeLineCounter } from '../compare-items.ts';
import { columnText, leftOut } from './model-items.ts';

const DOCTRINE_COLUMN =
  /(?:#\[|@)(?:ORM\\)(?:Column|JoinColumn|ManyToOne|OneToOne|ManyToMany|JoinTable|Id|Table|Index|UniqueConstraint|Embedded)\b\(?/g;
/** What the program does with a relation; `inversedBy` names the other side of it. */
const DOCTRINE_OPTIONS = leftOut(
  'cascade',
  'fetch',
  'orphanRemoval',
  'inversedBy',
  'insertable',
  'updatable',
  'generated',
);
const PHP_CLASS = /^[ \t]*(?:final\s+|abstract\s+)?class\s+(\w+)/gm;

/** Doctrine attributes and annotations with the property below them. */
export function doctrineColumns(code: string): Item[] {
  if (!/\bORM\\/.test(code)) return [];
  const lineAt = makeLineCounter(code);
  const owner = [...code.matchAll(PHP_CLASS)][0]?.[1] ?? '';
  return [...findCalls(code, DOCTRINE_COLUMN)].map(({ match, end }) => {
    const property = /\$\w+/.exec(code.slice(end, end + 400))?.[0] ?? '';
    return {
      key: `doctrine ${owner}.${property} ${columnText(code.slice(match.index, end), DOCTRINE_OPTIONS)}`,
      line: lineAt(match.index),
      rule: 'doctrine_entity',
    };
  });
}

import { describe, expect, it } from 'vitest';
import { decideLinkRefusal } from '../../../src/sandbox/link-target.ts';

function refusalOf(link: string, links: Record<string, string>): string | null {
  return decideLinkRefusal(link, new Map(Object.entries(links)));
}

describe('decideLinkRefusal', () => {
  it.each([
    ['a sibling', 'a', { a: 'b' }],
    ['up and down inside', 'x/y/a', { 'x/y/a': '../../z/b' }],
    ['the root itself', 'a', { a: '.' }],
    ['a name that does not exist', 'node_modules/.bin/x', { 'node_modules/.bin/x': '../x/cli.js' }],
    ['another link inside', 'a', { a: 'b/c', b: 'd' }],
  ])('lets a link to %s stay', (_what, link, links) => {
    expect(refusalOf(link, links)).toBeNull();
  });

  it.each([
    ['is absolute', 'a', { a: '/etc/passwd' }],
    ['is absolute', 'tests', { tests: '/oldroot/home' }],
    ['leaves the tree', 'a', { a: '..' }],
    ['leaves the tree', 'x/a', { 'x/a': '../../b' }],
    ['leaves the tree', 'x/a', { 'x/a': 'y/../../../b' }],
    ['runs through too many links', 'a', { a: 'b', b: 'a' }],
  ])('%s: %j %j', (why, link, links) => {
    expect(refusalOf(link, links)).toBe(why);
  });

  it('follows a link on the way, where joining the names would stay inside', () => {
    expect(refusalOf('e', { d: '.', e: 'd/../x' })).toBe('leaves the tree');
    expect(refusalOf('e', { 'deep/d': '..', e: 'deep/d/../x' })).toBe('leaves the tree');
    expect(refusalOf('e', { d: 'sub', 'sub/out': '/etc', e: 'd/out/passwd' })).toBe('is absolute');
  });
});

import { describe, expect, it } from 'vitest';
import { planCgroupPlaces } from '../../../src/sandbox/cgroup.ts';

describe('planCgroupPlaces', () => {
  it('finds memory and pids of version 1 below our own group, then at the mount', () => {
    const text = '8:pids:/jobs\n4:cpu,memory:/jobs/a\n0::/\n';
    expect(planCgroupPlaces(text, '/cg')).toEqual([
      { version: 1, parents: ['/cg/memory/jobs/a', '/cg/pids/jobs'] },
      { version: 1, parents: ['/cg/memory', '/cg/pids'] },
    ]);
  });

  it('finds siblings of our own group in version 2, up to the root', () => {
    expect(planCgroupPlaces('0::/user.slice/session-1.scope\n', '/cg')).toEqual([
      { version: 2, parents: ['/cg/user.slice'] },
      { version: 2, parents: ['/cg/'] },
    ]);
  });

  it('finds nothing where memory is not controlled', () => {
    expect(planCgroupPlaces('1:name=systemd:/x\n', '/cg')).toEqual([]);
  });
});

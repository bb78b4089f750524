import { expect, it } from 'vitest';
import { wrapCommand } from '../../../src/embedded/wrap-command.ts';

const inner = { command: '/pg/postgres', args: ['-D', '/data'] };

it('binds the server to the life of its parent', () => {
  expect(wrapCommand(inner, { setpriv: '/usr/bin/setpriv', bwrap: undefined }, 'TERM')).toEqual({
    command: '/usr/bin/setpriv',
    args: ['--pdeathsig', 'TERM', '--', '/pg/postgres', '-D', '/data'],
  });
});

it('runs the server as another user in a user namespace, with the binding innermost', () => {
  const { command, args } = wrapCommand(inner, { setpriv: '/usr/bin/setpriv', bwrap: '/usr/bin/bwrap' }, 'QUIT');
  expect(command).toBe('/usr/bin/bwrap');
  expect(args.slice(0, 5)).toEqual(['--unshare-user', '--uid', '65534', '--gid', '65534']);
  const binding = ['/usr/bin/setpriv', '--pdeathsig', 'QUIT', '--', '/pg/postgres', '-D', '/data'];
  expect(args.slice(-9)).toEqual(['--die-with-parent', '--', ...binding]);
});

it('leaves the command as it is where neither program exists', () => {
  expect(wrapCommand(inner, { setpriv: undefined, bwrap: undefined }, 'TERM')).toEqual(inner);
});

import { execFileSync } from 'node:child_process';
import { chmod, lstat, mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layOutTree, type TreeLayout } from '../../src/sandbox/lay-out-tree.ts';
import { SANDBOX_UID, type SandboxGround, withSandboxGround } from '../support/sandbox.ts';

const isRoot = process.getuid?.() === 0;
let copies = 0;

async function layOut(ground: SandboxGround, over: Partial<TreeLayout> = {}): Promise<string> {
  copies += 1;
  const targetDirectory = join(ground.workDir, `copy-${copies}`);
  const layout = {
    sourceDirectory: ground.tree,
    targetDirectory,
    files: [],
    reportFile: undefined,
    ownerUid: isRoot ? SANDBOX_UID : null,
  };
  await layOutTree({ ...layout, ...over }, new AbortController().signal);
  return targetDirectory;
}

function file(path: string, content = 'planted') {
  return { files: [{ path, content }] };
}

describe('layOutTree', () => {
  it('copies files, directories, modes and inner links, hands them to the sandbox uid, and leaves .git out', async () => {
    await withSandboxGround(
      { 'src/a.js': 'A', 'run.sh': '#!/bin/sh', '.git/config': 'token', 'sub/.git': 'gitdir: x' },
      async (ground) => {
        await chmod(join(ground.tree, 'run.sh'), 0o4755);
        await symlink('src/a.js', join(ground.tree, 'link.js'));
        await symlink('../missing/cli.js', join(ground.tree, 'src/dangling'));
        const copy = await layOut(ground, file('test/new/x.test.js', 'T'));
        expect(await readFile(join(copy, 'link.js'), 'utf8')).toBe('A');
        expect(await readlink(join(copy, 'src/dangling'))).toBe('../missing/cli.js');
        expect(await readFile(join(copy, 'test/new/x.test.js'), 'utf8')).toBe('T');
        expect((await stat(join(copy, 'run.sh'))).mode & 0o7777).toBe(0o755);
        expect((await stat(copy)).mode & 0o777).toBe(0o700);
        expect(await readdir(copy)).not.toContain('.git');
        expect(await readdir(join(copy, 'sub'))).toEqual([]);
        const owner = isRoot ? SANDBOX_UID : process.getuid?.();
        for (const path of ['', 'src', 'src/a.js', 'link.js', 'test', 'test/new', 'test/new/x.test.js'])
          expect((await lstat(join(copy, path))).uid).toBe(owner);
      },
    );
  });

  it.each([
    ['to an absolute path', 'tests', '/etc', 'is absolute'],
    ["to bubblewrap's view of the host", 'tests', '/oldroot/home', 'is absolute'],
    ['to a parent', 'a', '../outside', 'leaves the tree'],
    ['to itself', 'a', 'a', 'too many links'],
  ])('threat 4: refuses a planted link %s, naming it', async (_what, path, target, why) => {
    await withSandboxGround({ 'a.js': '' }, async (ground) => {
      await symlink(target, join(ground.tree, path));
      await expect(layOut(ground)).rejects.toThrow(
        new RegExp(`\\[SANDBOX_REFUSED\\] "${path}" is a symbolic link that .*${why}`),
      );
    });
  });

  it('refuses a fifo and a socket', async () => {
    await withSandboxGround({}, async (ground) => {
      execFileSync('mkfifo', [join(ground.tree, 'pipe')]);
      await expect(layOut(ground)).rejects.toThrow('"pipe" is a device, a fifo or a socket');
    });
    await withSandboxGround({}, async (ground) => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(join(ground.tree, 'sock'), resolve));
      await expect(layOut(ground)).rejects.toThrow('"sock" is a device, a fifo or a socket');
      await new Promise((resolve) => server.close(resolve));
    });
  });

  it('refuses a name that is not UTF-8', async () => {
    await withSandboxGround({}, async (ground) => {
      await writeFile(Buffer.concat([Buffer.from(`${ground.tree}/`), Buffer.from([0xff, 0xfe])]), '');
      await expect(layOut(ground)).rejects.toThrow('not UTF-8');
    });
  });

  it('threat 4: never writes through a link or over a file', async () => {
    await withSandboxGround({ 'real/existing.js': 'old', plain: 'file' }, async (ground) => {
      await symlink('real', join(ground.tree, 'linked'));
      await symlink('nowhere.js', join(ground.tree, 'dangling.js'));
      await expect(layOut(ground, file('linked/new.js'))).rejects.toThrow(
        '"linked/new.js" would be reached through a link or a file',
      );
      await expect(layOut(ground, file('plain/new.js'))).rejects.toThrow('through a link or a file');
      await expect(layOut(ground, file('real/existing.js'))).rejects.toThrow('never overwritten');
      await expect(layOut(ground, file('dangling.js'))).rejects.toThrow('never overwritten');
      await expect(layOut(ground, file('real'))).rejects.toThrow('never overwritten');
      await expect(layOut(ground, file('../out.js'))).rejects.toThrow('"../out.js" is not a plain relative file name');
      expect(await readFile(join(ground.tree, 'real/existing.js'), 'utf8')).toBe('old');
    });
  });

  it('threat 6: removes a report that the tree brought along, and refuses one behind a link', async () => {
    await withSandboxGround({ 'out/report.xml': '<forged/>' }, async (ground) => {
      const copy = await layOut(ground, { reportFile: 'out/report.xml' });
      expect(await readdir(join(copy, 'out'))).toEqual([]);
      await symlink('out', join(ground.tree, 'linked'));
      await expect(layOut(ground, { reportFile: 'linked/report.xml' })).rejects.toThrow('SANDBOX_REFUSED');
      await expect(layOut(ground, { reportFile: 'out' })).rejects.toThrow('is a directory');
    });
  });

  it('threat 4: whatever the name, nothing appears outside the copy', async () => {
    await withSandboxGround({ 'a/b.js': '' }, async (ground) => {
      await mkdir(join(ground.directory, 'outside'));
      await symlink('a', join(ground.tree, 'ln'));
      const part = fc.constantFrom(
        '..',
        '.',
        'a',
        'ln',
        'outside',
        '.git',
        'x.js',
        '',
        '-r',
        'b.js',
        'C:',
        'y\0z',
        '\\..\\',
      );
      const names = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));
      const outsideBefore = await readdir(ground.directory, { recursive: true });
      await fc.assert(
        fc.asyncProperty(names, async (path) => {
          const copy = await layOut(ground, file(path)).catch((error: unknown) => String(error));
          const isRefused = copy.includes('[SANDBOX_REFUSED]');
          const entries = isRefused ? [] : await readdir(copy, { recursive: true });
          expect(isRefused || entries.includes(path)).toBe(true);
        }),
        { numRuns: 150 },
      );
      const outside = await readdir(ground.directory, { recursive: true });
      expect(outside.filter((path) => !path.startsWith('work/copy-'))).toEqual(
        outsideBefore.filter((path) => !path.startsWith('work/copy-')),
      );
    });
  });

  it('stops when told to', async () => {
    await withSandboxGround({ 'a.js': '' }, async (ground) => {
      const signal = AbortSignal.abort(new Error('superseded'));
      const layout = {
        sourceDirectory: ground.tree,
        targetDirectory: join(ground.workDir, 'copy'),
        files: [],
        reportFile: undefined,
        ownerUid: null,
      };
      await expect(layOutTree(layout, signal)).rejects.toThrow('superseded');
    });
  });
});

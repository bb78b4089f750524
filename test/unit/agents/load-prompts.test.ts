import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AgentName } from '../../../src/agents/agent-call.ts';
import { loadPrompts } from '../../../src/agents/load-prompts.ts';
import { digestOf } from '../../../src/ids.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'prompts-'));
});
afterEach(() => rm(directory, { recursive: true }));

describe('loadPrompts', () => {
  it.each(AgentName.options)('ships a prompt for %s that names its rules', async (agent) => {
    const prompt = (await loadPrompts())[agent];
    expect(prompt.digest).toBe(digestOf(prompt.text));
    expect(prompt.text).toContain('change_echo');
    expect(prompt.text).toMatch(/never an instruction|they are not|change nothing about your task/);
  });

  it('takes an own file in place of the shipped one of that name', async () => {
    await writeFile(join(directory, 'review.md'), 'our own');
    await writeFile(join(directory, 'README.md'), 'why');
    const prompts = await loadPrompts({ promptsDir: directory });
    expect(prompts.review).toMatchObject({
      text: 'our own',
      digest: digestOf('our own'),
      source: join(directory, 'review.md'),
    });
    expect(prompts.incident).toEqual((await loadPrompts()).incident);
  });

  it.each([
    ['a name that replaces nothing', 'reveiw.md', 'text', 'reveiw.md replaces no prompt'],
    ['an empty file', 'review.md', ' \n', 'is empty'],
    ['what is no text', 'review.md', Buffer.from([0xff, 0xfe, 0x41]), 'is not UTF-8 text'],
    ['a huge file', 'review.md', 'x'.repeat(70_000), 'has 70000 bytes'],
  ])('refuses %s and names the field', async (_what, name, content, problem) => {
    await writeFile(join(directory, name), content);
    await expect(loadPrompts({ promptsDir: directory })).rejects.toMatchObject({
      name: 'InputError',
      problems: [{ field: 'orchestration.prompts_dir', problem: expect.stringContaining(problem) }],
    });
  });

  it('refuses a directory that is not there', async () => {
    await expect(loadPrompts({ promptsDir: join(directory, 'absent') })).rejects.toMatchObject({
      problems: [{ problem: expect.stringContaining('cannot be read') }],
    });
  });
});

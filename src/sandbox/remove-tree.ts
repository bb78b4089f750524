import { rm } from 'node:fs/promises';
import { runTool } from './run-tool.ts';

/**
 * Removes what untrusted code left: directories closed with mode 0, and nested deeper than a path can name. Node's own
 * rm gives up on both, coreutils walk with open directories. Nothing may run in the tree any more.
 */
export async function removeTree(directory: string): Promise<void> {
  try {
    await rm(directory, { recursive: true, force: true });
    return;
  } catch {
    // Fall through to the tools that can.
  }
  await runTool('/bin/chmod', ['-R', 'u+rwx', '--', directory]).catch(() => undefined);
  await runTool('/bin/rm', ['-rf', '--one-file-system', '--', directory]);
}

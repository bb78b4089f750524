import { RunOver } from '../errors.ts';

/** What was written, or null where the run ended in this moment and the record takes it no more. */
export async function unlessOver<T>(written: Promise<T>): Promise<T | null> {
  try {
    return await written;
  } catch (error) {
    if (error instanceof RunOver) return null;
    throw error;
  }
}

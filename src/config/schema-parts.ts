import { z } from 'zod';

export const seconds = z.number().positive();
export const command = z.array(z.string().min(1)).min(1).describe('Program and arguments; run without a shell.');

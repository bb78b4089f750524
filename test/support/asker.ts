/** Who asks people, and holds its step while it does. */
export const ASKER = { lease: null, now: () => 0, confirm: async () => undefined };

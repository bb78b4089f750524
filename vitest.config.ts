import { defineConfig } from 'vitest/config';

const SECOND = 1_000;

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.{ts,tsx}'],
          testTimeout: 30 * SECOND,
          // Pure code keeps no state between files; loading it anew for each would take most of the time.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.int.test.ts'],
          globalSetup: ['test/support/stores.global.ts'],
          testTimeout: 60 * SECOND,
          hookTimeout: 120 * SECOND,
        },
      },
      // The rest start whole fleets: one file at a time.
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.e2e.test.ts'],
          globalSetup: ['test/support/stores.global.ts'],
          fileParallelism: false,
          testTimeout: 600 * SECOND,
          hookTimeout: 300 * SECOND,
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['test/browser/**/*.browser.test.ts'],
          fileParallelism: false,
          testTimeout: 120 * SECOND,
          hookTimeout: 120 * SECOND,
        },
      },
      {
        extends: true,
        test: {
          name: 'delivery',
          include: ['test/delivery/**/*.delivery.test.ts'],
          globalSetup: ['test/support/stores.global.ts'],
          setupFiles: ['test/support/system-path.ts'],
          fileParallelism: false,
          testTimeout: 180 * SECOND,
          hookTimeout: 120 * SECOND,
        },
      },
      // Minutes each: limits are waited for as they are configured in production.
      {
        extends: true,
        test: {
          name: 'delivery-faults',
          include: ['test/delivery/**/*.faults.test.ts'],
          setupFiles: ['test/support/system-path.ts'],
          fileParallelism: false,
          testTimeout: 2_400 * SECOND,
          hookTimeout: 300 * SECOND,
        },
      },
      {
        extends: true,
        test: {
          name: 'ops',
          include: ['test/ops/**/*.ops.test.ts'],
          fileParallelism: false,
          testTimeout: 180 * SECOND,
          hookTimeout: 180 * SECOND,
        },
      },
    ],
  },
});

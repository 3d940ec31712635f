import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Most of the time is spent waiting for disks, sockets and browsers: more workers than cores are worth it.
    maxWorkers: 4,
    projects: [
      // A property is tried thousands of times, beside much else.
      { test: { name: "client", include: ["test/client/**/*.test.ts"], testTimeout: 30_000 } },
      {
        test: {
          name: "collector",
          include: ["test/collector/**/*.test.ts"],
          testTimeout: 30_000,
          globalSetup: ["test/support/postgres-setup.ts"],
        },
      },
      { test: { name: "browser", include: ["test/browser/**/*.test.ts"], testTimeout: 60_000, hookTimeout: 60_000 } },
      {
        test: {
          name: "chaos",
          include: ["test/chaos/**/*.test.ts"],
          globalSetup: ["test/support/postgres-setup.ts"],
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      { test: { name: "project", include: ["test/project/**/*.test.ts"], testTimeout: 120_000 } },
    ],
  },
});

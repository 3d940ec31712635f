import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      { test: { name: "client", include: ["test/client/**/*.test.ts"] } },
      { test: { name: "collector", include: ["test/collector/**/*.test.ts"] } },
      { test: { name: "browser", include: ["test/browser/**/*.test.ts"], testTimeout: 60_000, hookTimeout: 60_000 } },
      { test: { name: "project", include: ["test/project/**/*.test.ts"], testTimeout: 120_000 } },
    ],
  },
});

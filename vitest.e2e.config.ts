import { defineConfig } from "vitest/config";

/** The tests against a real control plane: `npm run e2e`, which builds it first. */
export default defineConfig({
  test: {
    include: ["test/e2e/**/*.e2e.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    reporters: ["verbose"],
    disableConsoleIntercept: true,
  },
});

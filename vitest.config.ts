import { defineConfig } from "vitest/config";

export default defineConfig({
  // Vite's own: not a warning for each file of a package that comes without its sources.
  logLevel: "error",
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    // It imports JSON without saying so, which Node refuses and Vite does not.
    server: { deps: { inline: [/@actions\//] } },
  },
});

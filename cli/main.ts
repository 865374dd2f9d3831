import { program } from "./program.ts";

// Loaded only when something is wrong: `sluice --help` costs little more than Node itself.
await program.parseAsync().catch(async (error: unknown) => (await import("./report.ts")).report(error));

#!/usr/bin/env node
// Starts the CLI: from its sources in a checkout, compiled in the published package.
import { existsSync } from "node:fs";
import module from "node:module";

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 19)) {
  console.error(
    `sluice needs Node 22.19 or newer, this is ${process.versions.node}: run it with npx, or by an npm script`,
  );
  process.exit(2);
}
module.enableCompileCache();
const sources = new URL("../cli/main.ts", import.meta.url);
await import(existsSync(sources) ? sources.href : new URL("../dist/cli/main.js", import.meta.url).href);

// npm run e2e [-- --cluster kind] [-- files…]: builds what is missing of the control plane, and runs the tests
// against it.
import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";
import { startVitest } from "vitest/node";
import { describeProblems, UserError } from "../../lib/fleet/user-error.ts";
import { buildControlPlane } from "./control-plane/build.ts";
import { findRegistry } from "./control-plane/registry.ts";

const { values, positionals } = parseArgs({
  options: {
    cluster: { type: "string", default: "processes" },
    "build-only": { type: "boolean", default: false },
  },
  allowPositionals: true,
});

try {
  if (values.cluster !== "processes" && values.cluster !== "kind")
    throw new UserError(
      { where: "--cluster", message: `'${values.cluster}' is neither processes nor kind` },
      2,
    );
  process.env["SLUICE_E2E_CLUSTER"] = values.cluster;
  await prepare();
  if (!values["build-only"]) await test();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(describeProblems(error.problems));
  process.exitCode = error.exitCode;
}

async function prepare(): Promise<void> {
  if (findRegistry() === undefined) installRegistry();
  const began = performance.now();
  const { seconds } = await buildControlPlane({ progress: (message) => console.log(message) });
  for (const [name, took] of seconds) console.log(`  ${name}: ${took} s`);
  const total = Math.round((performance.now() - began) / 1000);
  console.log(seconds.size === 0 ? "control plane: all built" : `control plane: built in ${total} s`);
}

/** Debian's package, where this may install one. Elsewhere the error that says what is missing is the test's. */
function installRegistry(): void {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return;
  console.log("installing docker-registry");
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const apt = (...args: string[]) =>
    execFileSync("apt-get", ["--quiet", "--yes", ...args], {
      env: environment,
      stdio: ["ignore", "ignore", "inherit"],
    });
  try {
    apt("update");
    apt("install", "docker-registry");
  } catch {
    throw new UserError({
      message: "docker-registry could not be installed",
      remedy: "install it by hand: it serves charts and artifacts to the tests",
    });
  }
}

async function test(): Promise<void> {
  const began = performance.now();
  const vitest = await startVitest("test", positionals, {
    config: new URL("../../vitest.e2e.config.ts", import.meta.url).pathname,
    watch: false,
  });
  await vitest.close();
  console.log(`tests: ${Math.round((performance.now() - began) / 1000)} s`);
}

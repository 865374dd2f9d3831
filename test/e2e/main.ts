// npm run e2e [-- --cluster kind] [--again] [-- files…]: builds what is missing of the control plane, and runs the
// tests against it; with --again, files in which a test failed once more, and what counts is how that ends: on a
// machine that others use, too, a controller may miss a test's patience. Exit code 0 fine, 1 a test or a build failed, 2 wrong usage, 69 this machine lacks something that the
// tests need: it is printed, and no test ran.
import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";
import { startVitest, type TestModule } from "vitest/node";
import { describeProblems, UserError } from "../../lib/fleet/user-error.ts";
import { buildControlPlane } from "./control-plane/build.ts";
import { checkKind } from "./control-plane/kind.ts";
import { findRegistry } from "./control-plane/registry.ts";
import { Unavailable } from "./control-plane/unavailable.ts";

const clusters = ["processes", "kind"];

try {
  const { cluster, buildOnly, again, files } = read();
  process.env["SLUICE_E2E_CLUSTER"] = cluster;
  await prepare(cluster);
  const failed = buildOnly ? [] : await test(files);
  if (again && failed.length > 0) {
    console.log(`FAILED the first time, and run again: ${failed.join(", ")}`);
    process.exitCode = 0;
    await test(failed);
  }
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(describeProblems(error.problems));
  process.exitCode = error instanceof Unavailable ? 69 : error.exitCode;
}

function read(): { cluster: string; buildOnly: boolean; again: boolean; files: string[] } {
  const where = "npm run e2e --";
  try {
    const { values, positionals } = parseArgs({
      options: {
        cluster: { type: "string", default: clusters[0]! },
        "build-only": { type: "boolean", default: false },
        again: { type: "boolean", default: false },
      },
      allowPositionals: true,
    });
    if (clusters.includes(values.cluster))
      return {
        cluster: values.cluster,
        buildOnly: values["build-only"],
        again: values.again,
        files: positionals,
      };
    throw new UserError({ where, message: `--cluster is ${clusters.join(" or ")}` }, 2);
  } catch (error) {
    if (!(error as NodeJS.ErrnoException).code?.startsWith("ERR_PARSE_ARGS")) throw error;
    throw new UserError({ where, message: (error as Error).message }, 2);
  }
}

async function prepare(cluster: string): Promise<void> {
  if (cluster === "kind") await checkKind();
  checkGit();
  if (findRegistry() === undefined) installRegistry();
  const began = performance.now();
  const progress = (message: string) => console.log(message);
  const seconds = [
    ...(await buildControlPlane({ progress })).seconds,
    // For the test that raises Kubernetes.
    ...(await buildControlPlane({ next: true, progress })).seconds,
  ];
  for (const [name, took] of seconds) console.log(`  ${name}: ${took} s`);
  console.log(seconds.length === 0 ? "control plane: all built" : `control plane: built in ${since(began)}`);
}

function checkGit(): void {
  try {
    // Without a request it answers with an error's status, and ends well.
    execFileSync("git", ["http-backend"], { env: { PATH: process.env["PATH"] }, stdio: "ignore" });
  } catch {
    throw new Unavailable({
      message: "git http-backend is not installed: repositories are served by it",
      remedy: "install git with it: the package git, or git-daemon",
    });
  }
}

/** Debian's package, where this may install one. */
function installRegistry(): void {
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const apt = (...args: string[]) =>
    execFileSync("apt-get", ["--quiet", "--yes", ...args], {
      env: environment,
      stdio: ["ignore", "ignore", "inherit"],
    });
  try {
    if (process.platform !== "linux" || process.getuid?.() !== 0) throw new Error("not allowed to");
    console.log("installing docker-registry");
    apt("update");
    apt("install", "--no-install-recommends", "docker-registry");
  } catch {
    throw new Unavailable({
      message: "docker-registry is not installed: charts and artifacts are served by it",
      remedy: "apt-get install docker-registry",
    });
  }
}

/** @returns the files in which something failed */
async function test(files: string[]): Promise<string[]> {
  const began = performance.now();
  const vitest = await startVitest("test", files, {
    config: new URL("../../vitest.e2e.config.ts", import.meta.url).pathname,
    watch: false,
  });
  const modules = vitest.state.getTestModules();
  await vitest.close();
  for (const module of modules) console.log(`  ${module.relativeModuleId}: ${timeOf(module)}`);
  console.log(`tests: ${since(began)}`);
  return modules.filter((module) => !module.ok()).map(({ relativeModuleId }) => relativeModuleId);
}

/** How long the tests of a file took, with what they begin and end with. */
function timeOf(module: TestModule): string {
  const { duration } = module.diagnostic();
  return `${Math.round(duration / 1000)} s`;
}

function since(began: number): string {
  return `${Math.round((performance.now() - began) / 1000)} s`;
}

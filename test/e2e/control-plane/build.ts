import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { UserError } from "../../../lib/fleet/user-error.ts";
import { type ControlPlaneModule, modules as all, nextKubernetes, requiredVersion } from "./modules.ts";
import { isForWant, Unavailable } from "./unavailable.ts";

/** The programs of the control plane and what they need, built. */
export interface Built {
  /** The path of a program. */
  readonly program: (name: string) => string;
  /** A folder that was kept from a module: `definitions` of source-controller. */
  readonly kept: (module: string, name: string) => string;
  /** The minor version of Kubernetes, such as `1.35`. */
  readonly kubernetes: string;
  /** How long it took, in seconds by module; empty when all was there. */
  readonly seconds: ReadonlyMap<string, number>;
}

/** How to build. */
export interface BuildOptions {
  /** Where built programs are kept. @default `$XDG_CACHE_HOME/sluice/control-plane`, or `~/.cache/…` */
  readonly cache?: string;
  /** Kubernetes of the next minor instead. @default false */
  readonly next?: boolean;
  /** Told what begins to be built, which takes minutes. */
  readonly progress?: (message: string) => void;
}

/** The folder of this part of the package, whether it runs from the sources or compiled in `dist`. */
const modulesFolder = join(packageRoot(), "test/e2e/control-plane/modules");

/**
 * Builds what is not yet built. Each module has a folder of its own, named after a hash of its go.mod and
 * go.sum, so that changing one builds that one again, and checkouts share what is alike.
 * @throws Unavailable if Go is missing or too old, or a module cannot be fetched; UserError if one does not build
 */
export async function buildControlPlane({
  cache = defaultCache(),
  next = false,
  progress = () => undefined,
}: BuildOptions = {}): Promise<Built> {
  const modules = all.map((module) => (next && module.name === "kubernetes" ? nextKubernetes : module));
  const folders = new Map(
    modules.map((module) => [module.name, join(cache, `${module.name}-${hashOf(module)}`)]),
  );
  const seconds = new Map<string, number>();
  for (const module of modules) {
    const folder = folders.get(module.name)!;
    if (existsSync(folder)) continue;
    const began = performance.now();
    progress(`building ${module.programs.join(", ")} ${requiredVersion(modulesFolder, module)}`);
    await build(module, folder);
    seconds.set(module.name, Math.round((performance.now() - began) / 1000));
  }
  const moduleOf = new Map(
    modules.flatMap(({ name, programs }) => programs.map((program) => [program, name])),
  );
  return {
    program: (name) => join(folders.get(moduleOf.get(name)!)!, name),
    kept: (module, name) => join(folders.get(module)!, name),
    kubernetes: minorOf(
      requiredVersion(
        modulesFolder,
        modules.find(({ path }) => path === nextKubernetes.path)!,
      ),
    ),
    seconds,
  };
}

const minorOf = (version: string): string => version.replace(/^v(\d+\.\d+)\..*$/, "$1");

/** Where built programs are kept unless something else is said. */
export function defaultCache(): string {
  return join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "sluice/control-plane");
}

/** What the result depends on. Go itself is pinned by nothing: any version that the modules accept will do. */
function hashOf({ name, programs, keep = {} }: ControlPlaneModule): string {
  const hash = createHash("sha256");
  for (const file of ["go.mod", "go.sum"]) hash.update(readFileSync(join(modulesFolder, name, file)));
  return hash
    .update(JSON.stringify([programs, keep, process.platform, process.arch]))
    .digest("hex")
    .slice(0, 16);
}

async function build(module: ControlPlaneModule, folder: string): Promise<void> {
  const cwd = join(modulesFolder, module.name);
  // Beside its place, so that it gets there in one step: whoever else builds it makes the same.
  const unfinished = `${folder}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  try {
    const version = requiredVersion(modulesFolder, module);
    const flags = `-s -w${module.path === "k8s.io/kubernetes" ? ` ${kubernetesVersion(version)}` : ""}`;
    await go(cwd, [
      "build",
      "-mod=readonly",
      "-trimpath",
      "-buildvcs=false",
      "-gcflags=all=-dwarf=false", // an eighth less work, for what nobody debugs
      "-ldflags",
      flags,
      "-o",
      `${unfinished}/`,
      "tool",
    ]);
    // etcd's main package is its server module, whose name is a version.
    if (module.name === "etcd" && !existsSync(join(unfinished, "etcd")))
      renameSync(join(unfinished, "server"), join(unfinished, "etcd"));
    for (const [name, path] of Object.entries(module.keep ?? {})) {
      const source = JSON.parse(await go(cwd, ["list", "-mod=readonly", "-m", "-json", module.path])) as {
        Dir: string;
      };
      cpSync(join(source.Dir, path), join(unfinished, name), { recursive: true, mode: 0 });
    }
    if (existsSync(folder)) rmSync(unfinished, { recursive: true });
    else renameSync(unfinished, folder);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    throw error;
  }
}

/** Without it the API server says v0.0.0, which charts that ask for a version of Kubernetes refuse. */
function kubernetesVersion(version: string): string {
  const [, major, minor] = /^v(\d+)\.(\d+)/.exec(version)!;
  return [
    `-X k8s.io/component-base/version.gitVersion=${version}`,
    `-X k8s.io/component-base/version.gitMajor=${major}`,
    `-X k8s.io/component-base/version.gitMinor=${minor}`,
    `-X k8s.io/client-go/pkg/version.gitVersion=${version}`,
  ].join(" ");
}

function go(cwd: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      "go",
      args,
      {
        cwd,
        maxBuffer: 1 << 28,
        env: { ...process.env, CGO_ENABLED: "0", GOFLAGS: "", GOWORK: "off", GOGC: "400" },
      },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else if (error.code === "ENOENT")
          reject(
            new Unavailable({
              message: "Go is not installed: the control plane is built from Go modules",
              remedy: "install Go 1.26 or newer: https://go.dev/dl",
            }),
          );
        else
          reject(
            new (isForWant(stderr) ? Unavailable : UserError)({
              where: cwd,
              message: `go ${args[0]} failed: ${stderr.trim().split("\n").slice(-5).join("\n  ")}`,
            }),
          );
      },
    );
  });
}

/** The nearest folder above that holds a package.json. */
export function packageRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
  return folder;
}

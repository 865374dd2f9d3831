// npm run demo: the main job, in a throwaway clone of this repository, which is left as it is.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { Listr } from "listr2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify, styleText } from "node:util";
import { report } from "../report.ts";

const root = join(import.meta.dirname, "../..");
const run = promisify(execFile);

/** The releases that staging and production track: the clone gets them, as this repository has no tags. */
const releases = ["1.0.0", "1.0.1"];

interface Context {
  clone: string;
  summary: string;
  plan: string;
}

const context: Context = { clone: await mkdtemp(join(tmpdir(), "sluice-demo-")), summary: "", plan: "" };
const git = (...args: string[]) =>
  run("git", ["-c", "user.name=Demo", "-c", "user.email=demo@example.com", ...args], { cwd: context.clone });
const sluice = (...args: string[]) =>
  run(process.execPath, [join(context.clone, "bin/sluice.js"), ...args], {
    cwd: context.clone,
    env: { ...process.env, ...(process.stdout.isTTY ? { FORCE_COLOR: "1" } : {}) },
    maxBuffer: 1 << 26,
  });

const tasks = new Listr<Context>(
  [
    {
      title: "Clone this repository",
      task: async () => {
        await run("git", ["clone", "--quiet", "--no-hardlinks", root, context.clone]);
        await git("config", "user.name", "Demo");
        await git("config", "user.email", "demo@example.com");
        await symlink(join(root, "node_modules"), join(context.clone, "node_modules"));
        await git("config", "core.excludesFile", await excludes());
        await git("switch", "--quiet", "-C", "main");
      },
    },
    {
      title: `Release the platform: ${releases.join(", ")}`,
      task: async () => {
        for (const release of releases)
          if ((await git("tag", "--list", release)).stdout === "")
            await git("tag", "--annotate", "--message", `Release ${release}`, release);
      },
    },
    {
      title: "Check that the committed manifests are what the definitions give",
      task: async () => void (await sluice("synth", "--check")),
    },
    {
      title: "sluice sandbox create sandbox-a --from development --branch demo/keda",
      task: async () => {
        context.summary = (
          await sluice("sandbox", "create", "sandbox-a", "--from", "development", "--branch", "demo/keda")
        ).stdout;
      },
    },
    {
      title: "sluice plan sandbox-a: what its stack would make, without credentials, cloud or network",
      task: async () => {
        context.plan = (await sluice("plan", "sandbox-a")).stdout;
      },
    },
    {
      title: "Check that the clone is complete: synthesising again changes nothing",
      task: async () => void (await sluice("synth", "--check")),
    },
  ],
  {
    ctx: context,
    fallbackRendererCondition: () => !process.stdout.isTTY,
    rendererOptions: { collapseErrors: false },
    fallbackRenderer: "simple",
  },
);

/** The symbolic link to node_modules is no folder, which is what .gitignore names. */
async function excludes(): Promise<string> {
  const file = join(context.clone, ".git/info/demo-excludes");
  await writeFile(file, "/node_modules\n");
  return file;
}

const begin = performance.now();
try {
  await tasks.run();
  const { stdout } = await git("show", "--stat", "--format=%h %s", "HEAD");
  console.log(`\n${context.summary}\n\n${context.plan.trimEnd()}\n\n${styleText("bold", "The commit")}`);
  console.log(
    stdout
      .trim()
      .split("\n")
      .filter((_, index, all) => index === 0 || index === all.length - 1)
      .map((line) => `  ${line.trim()}`)
      .join("\n"),
  );
  console.log(
    `\nDone in ${((performance.now() - begin) / 1000).toFixed(1)} s, in a throwaway clone. Run the same command in your own checkout to keep it.`,
  );
} catch (error) {
  const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
  console.error(`${stdout}${stderr}`);
  report(error);
} finally {
  if (existsSync(context.clone)) await rm(context.clone, { recursive: true, force: true });
}

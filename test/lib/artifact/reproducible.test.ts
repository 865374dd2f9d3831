import { execFile, execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, it } from "vitest";
import { temporaryFolder, type TestFleet } from "../../support/fleet.ts";
import { stagedFleet } from "../../support/staged-fleet.ts";

const run = promisify(execFile);
const cli = new URL("../../../bin/sluice.js", import.meta.url).pathname;

let fleet: TestFleet;
let expected: string;
beforeAll(async () => {
  fleet = await stagedFleet();
  // The definitions load this repository's library from wherever it is.
  expected = await digest({ folder: fleet.root });
  chmodSync(fleet.root, 0o755);
}, 120_000);

interface Circumstances {
  readonly folder: string;
  readonly node?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly umask?: string;
  readonly uid?: number;
}

/** The digest that the release 1.0.0 has when it is packed like this. */
async function digest({
  folder,
  node = process.execPath,
  env = {},
  umask = "022",
  uid,
}: Circumstances): Promise<string> {
  const { stdout } = await run(
    "sh",
    [
      "-c",
      `umask ${umask}; exec "$@"`,
      "sh",
      node,
      cli,
      "artifact",
      "push",
      "--tag",
      "1.0.0",
      "--dry-run",
      "--json",
    ],
    {
      cwd: folder,
      env: { ...process.env, ...env },
      ...(uid === undefined ? {} : { uid, gid: uid }),
    },
  );
  return (JSON.parse(stdout) as { digest: string }).digest;
}

/** Another checkout, made with another umask. */
function checkout(umask: string, uid?: number): string {
  const folder = join(temporaryFolder(), "elsewhere");
  mkdirSync(folder);
  execFileSync("sh", ["-c", `umask ${umask}; git clone --quiet --no-hardlinks '${fleet.root}' '${folder}'`]);
  if (uid !== undefined) {
    chmodSync(join(folder, ".."), 0o755);
    execFileSync("chown", ["-R", String(uid), folder]);
  }
  return folder;
}

it(
  "a release has the same digest from other checkouts, umasks, time zones and locales",
  { timeout: 60_000 },
  async () => {
    expect(expected).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(
      await digest({ folder: checkout("077"), umask: "077", env: { TZ: "Asia/Kathmandu", LC_ALL: "C" } }),
    ).toBe(expected);
    expect(
      await digest({
        folder: checkout("000"),
        umask: "000",
        env: { TZ: "America/St_Johns", LC_ALL: "tr_TR.UTF-8" },
      }),
    ).toBe(expected);
  },
);

it("and as another user", { timeout: 60_000 }, async (context) => {
  if (process.getuid?.() !== 0) {
    console.log("skipped: only root can run something as another user");
    context.skip();
  }
  const uid = 65534;
  const home = temporaryFolder();
  chmodSync(home, 0o777);
  expect(await digest({ folder: checkout("077", uid), uid, env: { HOME: home } })).toBe(expected);
});

it("and under Node 22", { timeout: 240_000 }, async (context) => {
  const folder = temporaryFolder();
  const node = join(folder, "node_modules/node/bin/node");
  try {
    await run(
      "npm",
      ["install", "--no-audit", "--no-fund", "--prefer-offline", "--prefix", folder, "node@22"],
      { cwd: folder },
    );
  } catch (error) {
    console.log(`skipped: npm does not get Node 22 here (${(error as Error).message.split("\n")[0]})`);
    context.skip();
  }
  expect(existsSync(node)).toBe(true);
  const { stdout } = await run(node, ["--version"]);
  expect(stdout).toMatch(/^v22\./);
  expect(process.version).not.toBe(stdout.trim());
  expect(await digest({ folder: checkout("022"), node })).toBe(expected);
});

it("says when its tag was made, not its commit and not its checkout", async () => {
  const when = "2026-01-02T03:04:05Z";
  execFileSync("git", ["tag", "--annotate", "--message", "1.0.1", "1.0.1"], {
    cwd: fleet.root,
    env: { ...process.env, GIT_COMMITTER_DATE: when },
  });
  const { packBundle } = await import("../../../lib/artifact/push.ts");
  const { Git } = await import("../../../lib/git/git.ts");
  const created = async (revision?: string) => {
    const { image } = await packBundle(new Git(fleet.root), {
      bundle: "platform",
      tag: "1.0.1",
      url: "",
      source: "x",
      ...(revision === undefined ? {} : { revision }),
    });
    return (JSON.parse(image.manifest.toString()) as { annotations: Record<string, string> }).annotations[
      "org.opencontainers.image.created"
    ];
  };
  expect(await created()).toBe(when);
  // Whatever the commit is named by.
  expect(await created("HEAD")).toBe(when);
});

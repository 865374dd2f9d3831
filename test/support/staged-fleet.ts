import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Git } from "../../lib/git/git.ts";
import { type NewAttestation, writeAttestations } from "../../lib/promotion/attestations.ts";
import { treesAt } from "../../lib/promotion/releases.ts";
import { clusterFile, type TestFleet, testFleet } from "./fleet.ts";

/**
 * The small fleet with three stages: development on main, staging by the range 1.x, which asks for a day, production
 * pinned to 1.0.0. The release 1.0.0 is made.
 */
export async function stagedFleet(
  files: Readonly<Record<string, string | undefined>> = {},
  promotion = '{ stages: [{ type: "development" }, { type: "staging", soak: "1d" }, { type: "production" }] }',
): Promise<TestFleet> {
  const fleet = await testFleet({
    "clusters/staging/cluster.ts": clusterFile(
      '{ type: production, provider: kind(), platform: { variables: { domain: `${name}.example.com` } }, apps: (apps) => { new Web(apps, "web"); } }',
    ),
    "clusters/staging/versions.yaml":
      'kubernetes: "1.35" # first\nplatform:\n  semver: 1.x # releases\napps:\n  web:\n    image: 1.0.0\n',
    ...files,
  });
  edit(fleet, "clusters/fleet.ts", (text) =>
    text
      .replace(
        "export const production =",
        'export const staging = defineEnvironmentType({ ...common, name: "staging", availability: { zones: 1, replicas: 2 }, alerting: "never" });\nexport const production =',
      )
      .replace(
        "types: { development, production }",
        `types: { development, staging, production }, promotion: ${promotion}`,
      ),
  );
  edit(fleet, "clusters/staging/cluster.ts", (text) =>
    text
      .replace("production, Web }", "production, staging, Web }")
      .replace("type: production", "type: staging"),
  );
  await settle(fleet, "stages");
  fleet.git("tag", "--annotate", "--message", "1.0.0", "1.0.0");
  return fleet;
}

/** Changes one file. @throws Error if the change changes nothing */
export function edit(fleet: TestFleet, path: string, change: (text: string) => string): void {
  const before = readFileSync(join(fleet.root, path), "utf8");
  const after = change(before);
  if (after === before) throw new Error(`${path} stays as it is`);
  fleet.write({ [path]: after });
}

/** Synthesises and commits. */
export async function settle(fleet: TestFleet, message: string): Promise<void> {
  const { code, stderr } = await fleet.sluice("synth");
  if (code !== 0) throw new Error(stderr);
  fleet.commit(message);
}

/** Merges a change of the platform. */
export async function changePlatform(fleet: TestFleet, value: number): Promise<void> {
  edit(fleet, "clusters/fleet.ts", (text) => text.replace(/value: \d+ \}\);/, `value: ${value} });`));
  await settle(fleet, `priority ${value}`);
}

const hour = 3_600_000;

/** Records that a cluster has run a release of the platform, as `sluice attest` would after having looked at it. */
export async function attested(
  fleet: TestFleet,
  cluster: string,
  version: string,
  {
    hours = 48,
    state = "ready",
    reason,
    what = "platform",
    push = false,
  }: {
    readonly hours?: number;
    readonly state?: "ready" | "not ready";
    readonly reason?: string;
    readonly what?: string;
    readonly push?: boolean;
  } = {},
): Promise<void> {
  const git = new Git(fleet.root);
  const [content] = what === "platform" ? await treesAt(git, [version], what) : [version];
  const at = Date.now();
  const look: NewAttestation = {
    cluster,
    at,
    machines: { server: "1.35", nodes: "1.35" },
    observations: [
      {
        cluster,
        what,
        version,
        content: content!,
        state,
        since: state === "ready" ? at - hours * hour : at,
        at,
        ...(reason === undefined ? {} : { reason }),
      },
    ],
  };
  await writeAttestations(git, [look], { push });
}

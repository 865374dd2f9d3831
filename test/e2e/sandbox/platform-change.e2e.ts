import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ControlPlane, startControlPlane } from "../control-plane/index.ts";
import { type External, startStandIns } from "../stand-ins/index.ts";
import { bootstrap } from "../support/bootstrap.ts";
import { changes, type ClusterState, everything, settled } from "../support/cluster-state.ts";
import { expectedFluxObjects, fluxObjects, looked, nameOf, untilReady } from "../support/flux-state.ts";
import { StoryFleet } from "../support/story-fleet.ts";
import { SandboxCluster } from "./sandbox-cluster.ts";

const name = "sandbox-a";
const branch = "NOM-7-keda";
const minutes = (count: number) => ({ timeout: count * 60_000 });

/** Adds an option `keda` to the platform. */
function addKeda(fleet: StoryFleet): void {
  fleet.edit("constructs/platform/platform.ts", (text) =>
    text
      .replace("import { Kyverno }", 'import { Keda } from "./keda/keda.ts";\nimport { Kyverno }')
      .replace('["strimzi", "vault', '["strimzi", "keda", "vault')
      .replace(
        "    const vaultOption",
        `    const keda = new Keda(new Option(this, "keda"), "keda", { replicas, logLevel });\n\n    const vaultOption`,
      )
      .replace("      strimzi,\n", "      strimzi,\n      keda,\n"),
  );
}

/** Lets a cluster opt into it, and raises its Kubernetes by a minor. */
function useKeda(fleet: StoryFleet, cluster: string): void {
  fleet.edit(`clusters/${cluster}/cluster.ts`, (text) =>
    text.replace('options: ["strimzi"]', 'options: ["strimzi", "keda"]'),
  );
  fleet.edit(`clusters/${cluster}/versions.yaml`, (text) =>
    text.replace('kubernetes: "1.35"', 'kubernetes: "1.36"'),
  );
}

const keda = {
  apiVersion: "helm.toolkit.fluxcd.io/v2",
  kind: "HelmRelease",
  metadata: { name: "keda", namespace: "keda" },
};

// What a platform engineer does about a new service and a new Kubernetes, from the clone to the merge: development
// and the sandbox are two clusters, and nothing is done to them but by git, the command and Flux.
describe("a change of the platform, tried in a sandbox of development", () => {
  let fleet: StoryFleet;
  let development: ControlPlane;
  let sandbox: ControlPlane;
  let external: External;
  let cluster: SandboxCluster;
  let before: ClusterState;
  let revisions: readonly string[];

  const ready = (plane: ControlPlane, of: string, options: readonly string[]) =>
    untilReady(
      plane.client,
      expectedFluxObjects(fleet.files, { name: of, bundles: [{ name: "platform", options }] }),
      { seconds: 300 },
    );
  /** What each object of Flux in development is at. */
  const revisionsOfDevelopment = async () =>
    (await fluxObjects(development.client))
      .map((object) => {
        const { artifact, lastAppliedRevision } = (object.status ?? {}) as {
          artifact?: { revision: string };
          lastAppliedRevision?: string;
        };
        return `${nameOf(object)} ${artifact?.revision ?? lastAppliedRevision ?? ""}`;
      })
      .sort();
  const versionOf = async ({ client }: ControlPlane) =>
    (await client.request<{ gitVersion: string }>("GET", "/version")).gitVersion;
  const git = (...args: string[]) => fleet.repository.git(...args);

  beforeAll(async () => {
    fleet = await StoryFleet.start();
    development = await startControlPlane();
    await startStandIns(development);
    await bootstrap(development, fleet, "development");
    sandbox = await startControlPlane({ next: true });
    external = await startStandIns(sandbox);
    fleet.reachable(
      new Map([
        ["development", development],
        [name, sandbox],
      ]),
    );
  }, 300_000);
  afterAll(async () => {
    await Promise.allSettled([development?.stop(), sandbox?.stop(), fleet?.stop()]);
  });

  it(
    "begins with development Ready, and a cluster of the next minor that has nothing",
    minutes(6),
    async () => {
      await ready(development, "development", ["strimzi"]);
      expect(await development.client.get(keda)).toBeUndefined();
      cluster = await SandboxCluster.of(fleet, sandbox, name);
      before = await settled(development, { same: true });
      revisions = await revisionsOfDevelopment();
      expect(before.size).toBeGreaterThan(200);
      expect([await versionOf(development), await versionOf(sandbox)]).toEqual([
        expect.stringMatching(/^v1\.35\./),
        expect.stringMatching(/^v1\.36\./),
      ]);
    },
  );

  it("the sandbox becomes Ready with keda and the next Kubernetes", minutes(6), async () => {
    await fleet.sluice(
      ...["sandbox", "create", name, "--from", "development", "--branch", branch],
      ...["--provider", `existing:${name}`],
    );
    addKeda(fleet);
    useKeda(fleet, name);
    await fleet.publish("Try keda, and Kubernetes 1.36");
    await cluster.up();
    await ready(sandbox, name, ["strimzi", "keda"]);
    const definitions = await sandbox.client.list("apiextensions.k8s.io/v1", "CustomResourceDefinition");
    expect(definitions.map(({ metadata }) => metadata.name)).toContain("scaledobjects.keda.sh");
    const nodes = await sandbox.client.list("apps/v1", "Deployment", "keda");
    expect(nodes.map(({ status }) => status?.["availableReplicas"])).toEqual([1]);
  });

  it("and development is untouched meanwhile", minutes(2), async () => {
    for (const source of ["flux-system", "platform"])
      await looked(development.client, "GitRepository", source);
    expect(await revisionsOfDevelopment()).toEqual(revisions);
    expect(changes(before, await everything(development, { same: true }))).toEqual([]);
  });

  it(
    "the return gives development what the sandbox has, and the delete leaves the branch as if done by hand",
    minutes(4),
    async () => {
      await fleet.sluice("sandbox", "return", name);
      expect(git("show", "HEAD:clusters/development/cluster.ts")).toBe(
        git("show", `HEAD:clusters/${name}/cluster.ts`),
      );
      const said = await cluster.remove("delete", name);
      expect(said).toContain(`clusters/${name}/sandbox.yaml`);
      expect(git("symbolic-ref", "--short", "HEAD")).toBe(branch);
      fleet.push();
      const made = git("rev-parse", "HEAD^{tree}");

      git("switch", "--quiet", "--create", "by-hand", "main");
      addKeda(fleet);
      useKeda(fleet, "development");
      await fleet.sluice("synth");
      git("add", "--all");
      expect(git("diff", "--cached", "--stat", made)).toBe("");
      expect(git("write-tree")).toBe(made);
      git("reset", "--quiet", "--hard");
      git("switch", "--quiet", "main");
      git("branch", "--quiet", "-D", "by-hand");
    },
  );

  it(
    "nothing of the sandbox is left in its cluster, outside of it, or in the state of a stack",
    minutes(2),
    async () => {
      expect(external.list()).toEqual([]);
      await cluster.expectNothingLeft();
    },
  );

  it("development still runs main, and with the merge it becomes Ready with keda", minutes(5), async () => {
    expect(changes(before, await everything(development, { same: true }))).toEqual([]);
    fleet.mergeBranch(branch);
    git("branch", "--quiet", "-d", branch);
    git("push", "--quiet", "origin", "--delete", branch);
    for (const source of ["flux-system", "platform"])
      await looked(development.client, "GitRepository", source);
    await ready(development, "development", ["strimzi", "keda"]);
    const head = `main@sha1:${git("rev-parse", "HEAD")}`;
    expect((await revisionsOfDevelopment()).filter((line) => line.includes(" flux-system/"))).toEqual(
      expect.arrayContaining([expect.stringContaining(head)]),
    );
    const release = (await development.client.get(keda))!;
    expect(release.status?.conditions?.find(({ type }) => type === "Ready")?.status).toBe("True");
    expect(git("for-each-ref", "--format=%(refname)").split("\n")).toEqual([
      "refs/heads/main",
      "refs/remotes/origin/main",
    ]);
    expect(git("ls-tree", "-r", "--name-only", "HEAD", "clusters", "manifests")).not.toContain(name);
  });
});

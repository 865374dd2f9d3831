import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fluxArtifact } from "../../lib/artifact/artifact.ts";
import { parseRepository } from "../../lib/artifact/reference.ts";
import { Registry } from "../../lib/artifact/registry.ts";
import { type TestFleet, testFleet } from "../support/fleet.ts";
import {
  type ControlPlane,
  type GitServer,
  type OciRegistry,
  startControlPlane,
  startGitServer,
  startRegistry,
} from "./control-plane/index.ts";
import { eventually } from "./support/flux-state.ts";

/** As people write it. */
const versions = `# yaml-language-server: $schema=../../schemas/versions.schema.json
# What development runs.

kubernetes: "1.35"   # raised by hand

platform: { branch: main }
apps:

  shop:
    image: 1.0.0 # {"$imagepolicy": "flux-system:shop:tag"}
  stack:
    worker:
      image: "110" # {"$imagepolicy": "flux-system:stack-worker:tag"}
  web:
    image: 1.0.0
`;
/** The same in kyaml's hand: comments, quotes and order stay; blank lines between keys and spacing do not. */
const raised = `# yaml-language-server: $schema=../../schemas/versions.schema.json
# What development runs.

kubernetes: "1.35" # raised by hand
platform: {branch: main}
apps:
  shop:
    image: 1.2.0 # {"$imagepolicy": "flux-system:shop:tag"}
  stack:
    worker:
      image: "120" # {"$imagepolicy": "flux-system:stack-worker:tag"}
  web:
    image: 1.0.0`;
const branch = "image-updates/development";

describe("Flux's image controllers", () => {
  let plane: ControlPlane;
  let git: GitServer;
  let registry: OciRegistry;
  let fleet: TestFleet;
  let bare: string;

  /** Publishes an image; what is in it does not matter to who reads its tags. */
  const publish = async (name: string, ...tags: string[]) => {
    const repository = new Registry(parseRepository(`oci://${registry.host}/team/${name}`), {
      insecure: true,
    });
    for (const tag of tags)
      await repository.push(
        tag,
        fluxArtifact(new Map(), { source: "x", revision: tag, created: "2026-01-01T00:00:00Z" }),
      );
  };
  const inBare = (...args: string[]): string | undefined => {
    try {
      return execFileSync("git", args, {
        cwd: bare,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      }).trimEnd();
    } catch {
      return undefined;
    }
  };
  const object = (kind: string, name: string) => ({
    apiVersion: "image.toolkit.fluxcd.io/v1",
    kind,
    metadata: { name, namespace: "flux-system" },
  });
  /** What every object of the automation says, for a test that waits in vain. */
  const states = async (): Promise<string> =>
    JSON.stringify(
      (await plane.client.everything())
        .filter(({ kind }) => /^(Image|Kustomization|GitRepository)/.test(kind))
        .map(({ kind, metadata, status }) => [
          kind,
          metadata.name,
          status?.conditions?.map(({ message }) => message),
        ]),
      null,
      1,
    );
  const waited = async <T>(what: string, seen: () => T | undefined | false): Promise<T> => {
    try {
      return await eventually(what, () => Promise.resolve(seen()), 90);
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${await states()}`, { cause: error });
    }
  };

  beforeAll(async () => {
    [git, registry] = await Promise.all([startGitServer(), startRegistry()]);
    bare = await git.create("fleet.git");
    await publish("shop", "1.0.0", "1.2.0", "2.0.0", "1.3.0-rc.1");
    await publish("worker", "9", "110", "120", "dev");
    const app = (scope: string, id: string, policy: string) =>
      `new WebApp(${scope}, "${id}", { image: "${registry.host}/team/${id}", imageUpdates: { ${policy}, repository: { insecure: true, interval: "10m" } } });`;
    fleet = await testFleet({
      "clusters/development/cluster.ts": `
import { defineCluster, development, Web } from "#fleet";
import { kwok } from "#sluice";
import { AppStack, WebApp } from "#constructs/apps";
export default defineCluster(({ name }) => ({ type: development, provider: kwok(), flux: "sync", platform: { variables: { domain: \`\${name}.example.com\` } }, apps: (apps) => {
  ${app("apps", "shop", 'policy: { semver: { range: "1.x" } }')}
  const stack = new AppStack(apps, "stack");
  ${app("stack", "worker", 'policy: { numerical: { order: "asc" } }, filterTags: { pattern: "^[0-9]+$" }')}
  new Web(apps, "web");
} }));`,
      "clusters/development/versions.yaml": versions,
    });
    const text = readFileSync(join(fleet.root, "clusters/fleet.ts"), "utf8");
    fleet.write({
      "clusters/fleet.ts": text.replace(
        '{ url: "https://git.example.com/fleet.git" }',
        `{ url: "${git.url}fleet.git", secret: "flux-system" }`,
      ),
    });
    expect((await fleet.sluice("synth")).code).toBe(0);
    fleet.commit("the fleet of this test");
    fleet.git("push", "--quiet", bare, "main");

    plane = await startControlPlane({
      nodes: 1,
      flux: [
        "source-controller",
        "kustomize-controller",
        "image-reflector-controller",
        "image-automation-controller",
      ],
    });
    await plane.client.apply({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "flux-system", namespace: "flux-system" },
      stringData: { username: git.username, password: git.password },
    });
    for (const sync of fleet
      .git("show", "HEAD:manifests/clusters/development/flux-system/sync.yaml")
      .split("---\n")) {
      const { load } = await import("js-yaml");
      await plane.client.apply(load(sync) as Parameters<typeof plane.client.apply>[0]);
    }
  });
  afterAll(async () => {
    await Promise.all([plane?.stop(), git?.stop(), registry?.stop()]);
  });

  it(
    "raise the marked lines of versions.yaml on a branch, and nothing else",
    { timeout: 120_000 },
    async () => {
      // One policy may be ready before the other: then there are two commits.
      const edited = () => inBare("show", `${branch}:clusters/development/versions.yaml`);
      await waited("both images", () => edited()?.includes("1.2.0") === true && edited()!.includes('"120"'));
      expect(inBare("diff", "--name-only", "main", branch)).toBe("clusters/development/versions.yaml");
      expect(edited()).toBe(raised);
      expect(new Set(inBare("log", "--format=%an <%ae>", `main..${branch}`)!.split("\n"))).toEqual(
        new Set(["Flux <flux@sluice.invalid>"]),
      );
      const messages = inBare("log", "--format=%B", `main..${branch}`)!.split("\n");
      for (const line of ["Raise images of development", "1.0.0 -> 1.2.0", "110 -> 120"])
        expect(messages).toContain(line);
    },
  );

  it(
    "leave a branch that CI can synthesise, and that a merge brings to the cluster",
    { timeout: 180_000 },
    async () => {
      fleet.git("fetch", "--quiet", bare, branch);
      fleet.git("switch", "--quiet", "--create", branch, "FETCH_HEAD");
      expect((await fleet.sluice("synth", "--check")).code).toBe(1);
      const { code, stderr } = await fleet.sluice("synth");
      expect(code, stderr).toBe(0);
      expect(fleet.git("diff", "--name-only").split("\n")).toEqual([
        "manifests/clusters/development/apps/shop/shop.yaml",
        "manifests/clusters/development/apps/stack/stack.yaml",
      ]);
      fleet.commit("synth");
      expect((await fleet.sluice("synth", "--check")).code).toBe(0);
      fleet.git("switch", "--quiet", "main");
      fleet.git("merge", "--quiet", "--ff-only", branch);
      fleet.git("push", "--quiet", bare, "main");

      // A newer image: where the branch went with its merge, the next edit begins with what was merged.
      inBare("branch", "--delete", "--force", branch);
      await publish("shop", "1.4.0");
      const asked = { annotations: { "reconcile.fluxcd.io/requestedAt": new Date().toISOString() } };
      await plane.client.merge(
        {
          apiVersion: "source.toolkit.fluxcd.io/v1",
          kind: "GitRepository",
          metadata: { name: "flux-system", namespace: "flux-system" },
        },
        { metadata: asked },
      );
      await plane.client.merge(object("ImageRepository", "shop"), { metadata: asked });
      await waited("the next edit", () => inBare("rev-parse", branch));
      expect(inBare("diff", "--stat", "main", branch)).toMatch(/versions\.yaml +\| 2 \+-\n 1 file changed/);
      expect(inBare("show", `${branch}:clusters/development/versions.yaml`)).toContain("image: 1.4.0 # {");
      expect(inBare("merge-base", "main", branch)).toBe(inBare("rev-parse", "main"));
    },
  );

  it("are not asked for by a sandbox", { timeout: 60_000 }, async () => {
    const made = await fleet.sluice(
      ...["sandbox", "create", "sandbox-a", "--from", "development", "--branch", "sandbox-a"],
    );
    expect(made.code, made.stderr).toBe(0);
    expect(fleet.git("ls-tree", "-r", "--name-only", "HEAD", "manifests/clusters/sandbox-a")).not.toContain(
      "image-updates",
    );
    // Nor does the source's automation see the copy: it edits its own folder alone.
    expect(
      fleet.git("show", "HEAD:manifests/clusters/development/image-updates/image-updates.yaml"),
    ).toContain("path: ./clusters/development\n");
  });
});

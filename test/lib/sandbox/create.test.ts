import { readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { clusterFile, type TestFleet, testFleet } from "../../support/fleet.ts";

const text = (fleet: TestFleet, path: string) => readFileSync(join(fleet.root, path), "utf8");
const manifest = (fleet: TestFleet, cluster: string, file: string) =>
  text(fleet, `manifests/clusters/${cluster}/${file}`);

async function created(fleet: TestFleet, ...args: string[]) {
  const { code, stderr, stdout } = await fleet.sluice("sandbox", "create", ...args, "--json");
  expect(code, stderr + stdout).toBe(0);
  return JSON.parse(stdout) as { files: string[]; commit: string; expires: string; base: string };
}

describe("a sandbox", () => {
  it("is one commit on a new branch, checked out, with the source as it was", async () => {
    const fleet = await testFleet();
    const main = fleet.git("rev-parse", "main");
    const { commit, files, base } = await created(
      fleet,
      "sandbox-a",
      "--from",
      "development",
      "--branch",
      "NOM-1-keda",
      "--owner",
      "me",
    );
    expect(fleet.git("symbolic-ref", "--short", "HEAD")).toBe("NOM-1-keda");
    expect(fleet.git("rev-parse", "HEAD")).toBe(commit);
    expect(fleet.git("rev-parse", "HEAD~1")).toBe(main);
    expect(base).toBe(main);
    expect(fleet.git("status", "--porcelain")).toBe("");
    expect(fleet.git("diff", "--name-status", "main").split("\n").sort()).toEqual(
      files.map((file) => `A\t${file}`).sort(),
    );
    expect(files.every((file) => /^(clusters|manifests\/clusters)\/sandbox-a\//.test(file))).toBe(true);
  });

  it("copies the describing files byte for byte, whatever is in them", async () => {
    const odd = 'kubernetes: "1.35"   # kept\r\napps:\r\n  web: {image: 1.0.0}';
    const fleet = await testFleet({
      "clusters/development/versions.yaml": odd,
      "clusters/development/notes/läuft.md": "naïve\u0000bytes\n",
    });
    await created(fleet, "sandbox-a", "--from", "development", "--branch", "b");
    for (const file of ["cluster.ts", "versions.yaml", "notes/läuft.md"])
      expect(fleet.git("rev-parse", `HEAD:clusters/sandbox-a/${file}`), file).toBe(
        fleet.git("rev-parse", `main:clusters/development/${file}`),
      );
    expect(fleet.git("ls-tree", "-r", "--name-only", "HEAD", "clusters/sandbox-a").split("\n")).toHaveLength(
      4,
    );
  });

  it("follows its own branch where its source followed one, and has its own name everywhere", async () => {
    const fleet = await testFleet();
    await created(fleet, "sandbox-a", "--from", "development", "--branch", "feature/x");
    expect(load(text(fleet, "clusters/sandbox-a/sandbox.yaml"))).toMatchObject({
      from: "development",
      branch: "feature/x",
      purpose: "platform",
      owner: "test@example.com",
    });
    expect(manifest(fleet, "sandbox-a", "platform.yaml")).toContain("branch: feature/x");
    expect(manifest(fleet, "sandbox-a", "platform.yaml")).toContain("domain: sandbox-a.example.com");
    expect(manifest(fleet, "sandbox-a", "platform.yaml")).toContain("cluster_type: sandbox");
    expect(manifest(fleet, "sandbox-a", "flux-system/flux-instance.yaml")).toContain(
      "ref: refs/heads/feature/x",
    );
    expect(manifest(fleet, "sandbox-a", "flux-system/flux-instance.yaml")).toContain(
      "path: ./manifests/clusters/sandbox-a",
    );
    expect(manifest(fleet, "sandbox-a", "platform.yaml")).not.toContain("development");
  });

  it("for performance keeps its source's pins and scale, and pages nobody", async () => {
    const fleet = await testFleet();
    await created(fleet, "perf", "--from", "production", "--branch", "perf", "--purpose", "performance");
    const platform = manifest(fleet, "perf", "platform.yaml");
    expect(platform).toContain("tag: 1.0.0");
    expect(platform).toContain("cluster_replicas: '3'");
    expect(platform).toContain("cluster_alerting: never");
    expect(
      fleet.git("diff", "--name-only", "main", "--", "clusters/production", "manifests/clusters/production"),
    ).toBe("");
  });

  it("synthesises to the same again", async () => {
    const fleet = await testFleet();
    await created(fleet, "sandbox-a", "--from", "development", "--branch", "b");
    const { code, stdout } = await fleet.sluice("synth", "--check");
    expect(stdout).toContain("3 clusters: 0 added, 0 changed, 0 removed");
    expect(code).toBe(0);
  });

  it("can be on another provider than its source", async () => {
    const fleet = await testFleet();
    await created(
      fleet,
      "local",
      "--from",
      "production",
      "--branch",
      "b",
      "--provider",
      "existing:docker-desktop",
    );
    expect(load(text(fleet, "clusters/local/sandbox.yaml"))).toMatchObject({
      provider: { kind: "existing", context: "docker-desktop" },
    });
    expect(manifest(fleet, "local", "platform.yaml")).toContain("cluster_provider: existing");
  });

  it("of a table's member gets a cluster.ts of its own", async () => {
    const fleet = await testFleet({
      "clusters/edge/clusters.ts": clusterFile("[]").replace(
        /export default.*/s,
        'import { defineClusters } from "#fleet";\nexport default defineClusters([{ name: "edge-1", color: "red" }, { name: "edge-2", color: "grey" }], ({ name, row }) => ({ type: development, provider: existing({ context: name }), platform: { variables: { domain: `${name}.example.com` } }, apps: (apps) => { new Web(apps, "web", { color: row.color }); } }));\n',
      ),
      "clusters/edge/versions.yaml": 'kubernetes: "1.35"\napps:\n  web:\n    image: 1.0.0\n',
    });
    expect(manifest(fleet, "edge-2", "apps/web/web.yaml")).toContain("color: grey");
    await created(fleet, "sandbox-a", "--from", "edge-2", "--branch", "b");
    expect(text(fleet, "clusters/sandbox-a/cluster.ts")).toBe(
      'import table from "../edge/clusters.ts";\n\nexport default table.member("edge-2");\n',
    );
    expect(manifest(fleet, "sandbox-a", "apps/web/web.yaml")).toContain("color: grey");
    expect((await fleet.sluice("synth", "--check")).code).toBe(0);
  });

  it("of a nested cluster leaves out the clusters nested in its folder", async () => {
    const spec = clusterFile(
      "{ type: development, provider: kind(), platform: { variables: { domain: `${name}.example.com` } } }",
    );
    const versions = 'kubernetes: "1.35"\n';
    const fleet = await testFleet({
      "clusters/eu/cluster.ts": spec,
      "clusters/eu/versions.yaml": versions,
      "clusters/eu/west/cluster.ts": spec,
      "clusters/eu/west/versions.yaml": versions,
    });
    expect(manifest(fleet, "eu-west", "platform.yaml")).toContain("domain: eu-west.example.com");
    const { files } = await created(fleet, "sandbox-a", "--from", "eu", "--branch", "b");
    expect(files.filter((file) => file.startsWith("clusters/"))).toEqual([
      "clusters/sandbox-a/cluster.ts",
      "clusters/sandbox-a/sandbox.yaml",
      "clusters/sandbox-a/versions.yaml",
    ]);
  });

  it("of a sandbox is a sandbox of its own", async () => {
    const fleet = await testFleet();
    await created(fleet, "first", "--from", "development", "--branch", "one");
    await created(fleet, "second", "--from", "first", "--branch", "two");
    expect(load(text(fleet, "clusters/second/sandbox.yaml"))).toMatchObject({ from: "first", branch: "two" });
    expect(manifest(fleet, "second", "platform.yaml")).toContain("branch: two");
  });

  it("with --dry-run is shown and not made", async () => {
    const fleet = await testFleet();
    const before = fleet.state();
    const { stdout, code } = await fleet.sluice(
      "sandbox",
      "create",
      "s",
      "--from",
      "development",
      "--branch",
      "b",
      "--dry-run",
    );
    expect(stdout).toContain("would be made (nothing was changed)");
    expect(stdout).toMatch(/spec\.ref\.branch: main → b/);
    expect(code).toBe(0);
    expect(fleet.state()).toBe(before);
  });

  it("leaves everything as it was where git cannot commit", async () => {
    const fleet = await testFleet();
    fleet.git("config", "user.name", "");
    const before = fleet.state();
    const { code, stderr } = await fleet.sluice(
      "sandbox",
      "create",
      "s",
      "--from",
      "development",
      "--branch",
      "b",
      "--owner",
      "me",
    );
    expect(stderr).toContain("git does not know who you are");
    expect(code).toBe(1);
    expect(fleet.state()).toBe(before);
  });

  it("leaves everything as it was where git cannot switch", async () => {
    const fleet = await testFleet();
    fleet.write({ ".git/info/exclude": "clusters/s\n", "clusters/s/versions.yaml": "mine\n" });
    const before = fleet.state();
    const { code, stderr } = await fleet.sluice(
      "sandbox",
      "create",
      "s",
      "--from",
      "development",
      "--branch",
      "b",
    );
    expect(stderr).toContain("the folder clusters/s exists already");
    expect(code).toBe(1);
    expect(fleet.state()).toBe(before);
    expect(text(fleet, "clusters/s/versions.yaml")).toBe("mine\n");
  });
});

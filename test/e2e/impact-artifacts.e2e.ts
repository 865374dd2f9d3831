import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packBundle, pushArtifact } from "../../lib/artifact/push.ts";
import { Git } from "../../lib/git/git.ts";
import type { Impact } from "../../lib/impact/review.ts";
import { temporaryFolder, TestFleet } from "../support/fleet.ts";
import { TextRepository } from "../support/text-repository.ts";
import { type OciRegistry, startRegistry } from "./control-plane/registry.ts";

const configMap = (value: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: default}\ndata: {release: '${value}'}\n`;

const cluster = (url: string, ref: string) => `apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: {name: platform, namespace: flux-system}
spec: {interval: 5m, insecure: true, url: ${url}, ref: {${ref}}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: platform, namespace: flux-system}
spec: {interval: 10m, path: ./, prune: true, sourceRef: {kind: OCIRepository, name: platform}}
`;

describe("a release that the clone does not have", () => {
  let registry: OciRegistry;
  let clone: TestFleet;
  let url: string;

  beforeAll(async () => {
    registry = await startRegistry();
    url = `oci://${registry.host}/fleet/platform`;
    const origin = new TextRepository(temporaryFolder());
    const files = (version: string) => ({
      "manifests/platform/bundle.json": "{}",
      "manifests/platform/settings.yaml": configMap(version),
      "manifests/clusters/pinned/platform.yaml": cluster(url, "tag: 1.0.0"),
      "manifests/clusters/ranged/platform.yaml": cluster(url, "semver: 1.0.x"),
      "manifests/clusters/plain/settings.yaml": configMap("plain"),
    });
    for (const version of ["1.0.0", "1.1.0", "1.2.0-rc.1"]) {
      origin.tag(version, origin.commit(files(version)));
      const request = { bundle: "platform", tag: version, url, source: "https://git.example.com/fleet.git" };
      await pushArtifact(request, await packBundle(new Git(origin.root), request), { insecure: true });
    }
    clone = new TestFleet(temporaryFolder());
    clone.git("clone", "--quiet", "--no-tags", origin.root, ".");
    clone.write({
      "manifests/clusters/pinned/platform.yaml": cluster(url, "tag: 1.1.0"),
      "manifests/clusters/ranged/platform.yaml": cluster(url, "semver: 1.x"),
      "manifests/clusters/plain/settings.yaml": configMap("changed"),
    });
  });
  afterAll(() => registry.stop());

  const impact = async (...args: string[]) => {
    const { stdout, stderr, code } = await clone.sluice("impact", "--json", ...args);
    expect(stderr).toBe("");
    const { clusters } = JSON.parse(stdout) as Impact;
    return { code, by: new Map(clusters.map((found) => [found.cluster, found])) };
  };
  const settings = (found: Awaited<ReturnType<typeof impact>>, name: string) =>
    found.by.get(name)?.changes.find(({ object }) => object.name === "settings")?.fields;

  it("is read from its artifact, by tag and by range", async () => {
    const found = await impact();
    expect(found.code).toBe(0);
    const fields = [{ path: "data.release", before: "1.0.0", after: "1.1.0" }];
    expect(found.by.get("pinned")!.unknown).toEqual([]);
    expect(settings(found, "pinned")).toEqual(fields);
    expect(settings(found, "ranged")).toEqual(fields);
  });

  it("tells a range of the registry what it falls back to", async () => {
    const { stdout } = await clone.sluice("check", "--path", "manifests/clusters/ranged", "--json");
    const { problems } = JSON.parse(stdout) as { problems: { rule: string; message: string }[] };
    expect(problems.filter(({ rule }) => rule === "range").map(({ message }) => message)).toEqual([
      expect.stringContaining("takes 1.1.0: when that tag is taken away, it falls back to 1.0.0"),
    ]);
  });

  it("that the registry does not have either is told of its cluster, and the rest goes on", async () => {
    const path = join(clone.root, "manifests/clusters/pinned/platform.yaml");
    writeFileSync(path, cluster(url, "tag: 9.9.9"));
    const found = await impact();
    expect(found.by.get("pinned")!.unknown.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^the release 9\.9\.9 of platform is not in this clone .* no artifact 9\.9\.9$/),
    ]);
    expect(settings(found, "ranged")).toHaveLength(1);
    expect(settings(found, "plain")).toHaveLength(1);
    writeFileSync(path, cluster(url, "tag: 1.1.0"));
  });

  it("is told to be missing with --no-registry", async () => {
    const found = await impact("--no-registry");
    expect(found.by.get("pinned")!.unknown[0]!.message).toMatch(/1\.1\.0 .* git fetch --tags/);
    expect(settings(found, "plain")).toHaveLength(1);
  });

  it("is told to be out of reach where no registry answers", async () => {
    await registry.stop();
    const begin = performance.now();
    const found = await impact();
    expect(performance.now() - begin).toBeLessThan(20_000);
    expect(found.code).toBe(0);
    expect(found.by.get("pinned")!.unknown[0]!.message).toMatch(/artifact cannot be read: .*does not answer/);
    expect(settings(found, "plain")).toHaveLength(1);
  });
});

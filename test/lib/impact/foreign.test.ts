import { describe, expect, test } from "vitest";
import { Git } from "../../../lib/git/git.ts";
import { type Impact, reviewImpact } from "../../../lib/impact/review.ts";
import { temporaryFolder } from "../../support/fleet.ts";
import { TextRepository } from "../../support/text-repository.ts";

type Files = Readonly<Record<string, string | undefined>>;

const flux = (name: string, path: string, more = "", source = "flux-system") => `
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: ${name}, namespace: flux-system}
spec:
  interval: 1h
  prune: true
  path: ${path}
  sourceRef: {kind: GitRepository, name: ${source}}
${more}`;
const configMap = (name: string, value = "1") =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: apps}\ndata: {a: '${value}'}\n`;

/** A repository that nobody made with Sluice. */
const repository: Files = {
  "clusters/production/apps.yaml": flux("apps", "./apps/production"),
  "apps/production/kustomization.yaml": "resources: [../base]\n",
  "apps/base/kustomization.yaml": "resources: [config.yaml]\n",
  "apps/base/config.yaml": configMap("settings"),
};

/** The impact of a change on `clusters/production`. */
async function impactOf(change: Files, base: Files = {}): Promise<Impact> {
  const files = new TextRepository(temporaryFolder());
  files.git("remote", "add", "origin", "git@git.example.com:fleet.git");
  const whole = (some: Files) =>
    new Map(Object.entries(some).filter((entry): entry is [string, string] => entry[1] !== undefined));
  files.commit(whole({ ...repository, ...base }));
  files.commit(whole({ ...repository, ...base, ...change }), "refs/heads/change");
  return reviewImpact(new Git(files.root), {
    base: "main",
    head: "change",
    paths: ["clusters/production"],
  });
}

const told = ({ clusters }: Impact) =>
  clusters.flatMap(({ changes }) =>
    changes.map(({ change, object }) => `${change} ${object.kind} ${object.name}`),
  );
const unknown = ({ clusters }: Impact) =>
  clusters.flatMap(({ unknown: notes }) => notes.map(({ unit, message }) => `${unit}: ${message}`));
const failures = ({ clusters }: Impact) =>
  clusters.flatMap(({ failures: notes }) => notes.map(({ unit, message }) => `${unit}: ${message}`));

describe("a repository that Sluice did not make", () => {
  test("a change of a base is told of the cluster whose overlay takes it", async () => {
    const impact = await impactOf({ "apps/base/config.yaml": configMap("settings", "2") });
    expect(told(impact)).toEqual(["changed ConfigMap settings"]);
    expect(impact.clusters[0]!.changes[0]!.fields).toEqual([{ path: "data.a", before: "1", after: "2" }]);
    expect(impact.clusters[0]!.cluster).toBe("production");
    expect(unknown(impact)).toEqual([]);
  });

  test("a change of what no Kustomization reads is none", async () => {
    expect((await impactOf({ "apps/other/config.yaml": configMap("other") })).clusters).toEqual([]);
  });

  test("plain YAML without a kustomization.yaml is read to any depth, as Flux does", async () => {
    const impact = await impactOf({ "clusters/production/some/deep/folder/x.yml": configMap("plain") });
    expect(told(impact)).toEqual(["added ConfigMap plain"]);
  });

  test.each([
    ["a remote base", "resources: [../base, 'https://github.com/fluxcd/flux2//manifests/install?ref=v2.9.0']\n", "the remote resource 'https://github.com/fluxcd/flux2//manifests/install?ref=v2.9.0'"],
    ["a remote base by SSH", "resources: [../base, 'git@github.com:owner/repo.git//deploy?ref=1']\n", "the remote resource 'git@github.com:owner/repo.git//deploy?ref=1'"],
    ["a remote base without a scheme", "resources: [../base, 'github.com/owner/repo//deploy?ref=1']\n", "the remote resource 'github.com/owner/repo//deploy?ref=1'"],
    ["a remote file", "resources: [../base, 'https://example.com/a.yaml']\n", "the remote resource 'https://example.com/a.yaml'"],
    ["a remote component", "resources: [../base]\ncomponents: ['https://github.com/owner/repo//component']\n", "the remote component 'https://github.com/owner/repo//component'"],
    ["a Helm chart in a kustomization", "resources: [../base]\nhelmCharts: [{name: web, repo: 'https://charts.example.com'}]\n", "helmCharts"],
    ["a generator plugin", "resources: [../base]\ngenerators: [plugin.yaml]\n", "generators"],
    ["a transformer plugin", "resources: [../base]\ntransformers: [plugin.yaml]\n", "transformers"],
    ["vars", "resources: [../base]\nvars: [{name: X, objref: {kind: ConfigMap, name: settings, apiVersion: v1}}]\n", "vars"],
  ])("%s is named, not ignored", async (_, kustomization, what) => {
    const impact = await impactOf({ "apps/production/kustomization.yaml": kustomization });
    expect(unknown(impact)).toEqual([
      `flux-system/apps: not taken into account: ${what} in apps/production/kustomization.yaml`,
    ]);
  }); // prettier-ignore

  test.each([
    ["another repository", "kind: GitRepository\nmetadata: {name: other, namespace: flux-system}\nspec: {interval: 1h, url: 'https://git.example.com/other.git', ref: {branch: main}}", "GitRepository 'other' is another repository: https://git.example.com/other.git"],
    ["a bucket", "kind: Bucket\nmetadata: {name: other, namespace: flux-system}\nspec: {interval: 1h, bucketName: b, endpoint: e}", "what the Bucket 'other' has is not in git"],
  ])("%s as a source is named", async (_, source, message) => {
    const kind = /kind: (\w+)/.exec(source)![1]!;
    const impact = await impactOf({
      "clusters/production/other.yaml": `apiVersion: source.toolkit.fluxcd.io/v1\n${source}\n---${flux("other", "./", "", "other").replace("kind: GitRepository", `kind: ${kind}`)}`,
    });
    expect(unknown(impact)).toEqual([`flux-system/other: ${message}`]);
    expect(told(impact).sort()).toEqual(["added Kustomization other", `added ${kind} other`].sort());
  }); // prettier-ignore

  test("a source that nothing makes is a failure", async () => {
    const impact = await impactOf({ "clusters/production/other.yaml": flux("other", "./", "", "nowhere") });
    expect(failures(impact)).toEqual([
      "flux-system/other: source GitRepository flux-system/nowhere does not exist",
    ]);
  });

  test("variables that are not in git are symbols, and named", async () => {
    const more = "  postBuild: {substituteFrom: [{kind: ConfigMap, name: made-by-terraform}]}\n";
    const impact = await impactOf({
      "clusters/production/apps.yaml": flux("apps", "./apps/production", more),
      "apps/base/config.yaml": configMap("settings", "${region}"),
    });
    expect(unknown(impact)).toEqual([
      "flux-system/apps: the ConfigMap 'made-by-terraform' with variables is not in git: its values are unknown",
    ]);
    const settings = impact.clusters[0]!.changes.find(({ object }) => object.name === "settings");
    expect(settings?.fields).toEqual([{ path: "data.a", before: "1", after: "⟨outside:region⟩" }]);
  });

  test.each([
    ["suspended", "  suspend: true\n", "suspended: Flux applies nothing of it until it is resumed"],
    ["for another cluster", "  kubeConfig: {secretRef: {name: k}}\n", "its objects are of another cluster (spec.kubeConfig)"],
  ])("a Kustomization that is %s is named", async (_, more, message) => {
    const impact = await impactOf({ "clusters/production/apps.yaml": flux("apps", "./apps/production", more) });
    expect(unknown(impact)).toEqual([`flux-system/apps: ${message}`]);
  }); // prettier-ignore

  test("what an operator makes of an object of its own is named", async () => {
    const resourceSet = (value: string) =>
      `apiVersion: fluxcd.controlplane.io/v1\nkind: ResourceSet\nmetadata: {name: tenants, namespace: flux-system}\nspec: {inputs: [{tenant: ${value}}]}\n`;
    const impact = await impactOf(
      { "clusters/production/tenants.yaml": resourceSet("b") },
      { "clusters/production/tenants.yaml": resourceSet("a") },
    );
    expect(told(impact)).toEqual(["changed ResourceSet tenants"]);
    expect(unknown(impact)).toEqual([
      "flux-system/flux-system: what flux-operator makes of the ResourceSet 'tenants' is not taken into account",
    ]);
  });

  test("an encrypted Secret shows that it changed, and which of its keys", async () => {
    const encrypted = (data: string) =>
      `apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: apps}\nstringData: {password: 'ENC[${data}]'}\nsops: {mac: '${data}', version: 3.9.0}\n`;
    const impact = await impactOf(
      { "clusters/production/s.yaml": encrypted("BBBB") },
      { "clusters/production/s.yaml": encrypted("AAAA") },
    );
    expect(impact.clusters[0]!.changes[0]!.fields.map(({ path }) => path)).toContain("stringData.password");
    expect(JSON.stringify(impact)).not.toMatch(/AAAA|BBBB/);
  });

  test("two clusters of the same last name are told apart", async () => {
    const files = new TextRepository(temporaryFolder());
    const base = { "eu/production/a.yaml": configMap("a"), "us/production/a.yaml": configMap("a") };
    files.commit(base);
    files.commit({ ...base, "us/production/a.yaml": configMap("a", "2") }, "refs/heads/change");
    const paths = ["eu/production", "us/production"];
    const impact = await reviewImpact(new Git(files.root), { base: "main", head: "change", paths });
    expect(impact.clusters.map(({ cluster }) => cluster)).toEqual(["us/production"]);
    expect(impact.total).toBe(2);
  });
});

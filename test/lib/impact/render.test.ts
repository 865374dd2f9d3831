import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { Git } from "../../../lib/git/git.ts";
import { Charts } from "../../../lib/impact/charts.ts";
import { type Impact, reviewImpact } from "../../../lib/impact/review.ts";
import { temporaryFolder } from "../../support/fleet.ts";
import { TextRepository } from "../../support/text-repository.ts";

const missing = (() => {
  try {
    execFileSync("helm", ["version"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "helm is not on the PATH";
  }
})();
if (missing !== undefined) console.warn(`skipped: rendering of charts. ${missing}`);

/** Packs a chart as `helm pull` would leave it. */
function packChart(folder: string, version: string, extra: Readonly<Record<string, string>> = {}): void {
  const chart = join(temporaryFolder(), "web");
  const files = {
    "Chart.yaml": `apiVersion: v2\nname: web\nversion: ${version}\n`,
    "templates/config.yaml":
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\ndata: {greeting: {{ .Values.greeting | default "hello" | quote }}}\n',
    "templates/secret.yaml":
      "apiVersion: v1\nkind: Secret\nmetadata: {name: {{ .Release.Name }}}\nstringData: {key: S3-{{ .Values.greeting }}}\n",
    ...extra,
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(chart, path)), { recursive: true });
    writeFileSync(join(chart, path), text);
  }
  execFileSync("helm", ["package", chart, "--destination", folder], { stdio: "ignore" });
}

const release = (version: string, greeting: string, more = "") => `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: apps}
spec:
  interval: 1h
  chart: {spec: {chart: web, version: "${version}", sourceRef: {kind: HelmRepository, name: charts}}}
  values: {greeting: ${greeting}}
${more}`;

describe.skipIf(missing !== undefined)("--render", () => {
  const charts = temporaryFolder();
  beforeAll(() => {
    packChart(charts, "1.0.0");
    packChart(charts, "1.1.0", {
      "templates/role.yaml":
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: web}\nrules: [{apiGroups: ['*'], resources: ['*'], verbs: ['*']}]\n",
      "templates/hook.yaml":
        "apiVersion: v1\nkind: Pod\nmetadata: {name: test, annotations: {helm.sh/hook: test}}\n",
    });
    packChart(charts, "2.0.0", { "templates/broken.yaml": '{{ fail "no greeting" }}\n' });
  });

  async function impactOf(before: string, after: string, folder = charts): Promise<Impact> {
    const repository = new TextRepository(temporaryFolder());
    repository.commit({ "clusters/production/web.yaml": before });
    repository.commit({ "clusters/production/web.yaml": after }, "refs/heads/change");
    return reviewImpact(new Git(repository.root), {
      base: "main",
      head: "change",
      paths: ["clusters/production"],
      charts: new Charts(folder),
    });
  }
  const rendered = ({ clusters }: Impact) =>
    clusters[0]!.changes
      .filter(({ unit }) => unit === "HelmRelease apps/web")
      .map(({ change, object, fields, dangers }) => ({
        change,
        name: `${object.kind} ${object.name}`,
        fields,
        dangers,
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));

  test("tells what a changed value does to the chart's objects, and no value of its Secrets", async () => {
    const impact = await impactOf(release("1.0.0", "hi"), release("1.0.0", "bye"));
    expect(rendered(impact)).toEqual([
      {
        change: "changed",
        name: "ConfigMap web",
        fields: [{ path: "data.greeting", before: "hi", after: "bye" }],
        dangers: [],
      },
      {
        change: "changed",
        name: "Secret web",
        fields: [{ path: "stringData.key", before: "(secret)", after: "(secret)" }],
        dangers: [],
      },
    ]);
    expect(impact.clusters[0]!.changes[0]!.object.kind).toBe("HelmRelease");
  });

  test("tells what a new version adds, with its dangers, and leaves hooks out", async () => {
    const impact = await impactOf(release("1.0.0", "hi"), release("1.x", "hi"));
    expect(rendered(impact)).toEqual([
      { change: "added", name: "ClusterRole web", fields: [], dangers: ["allows more: * *.*"] },
    ]);
  });

  test("tells what goes with a release", async () => {
    const other = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other, namespace: apps}\n";
    expect(rendered(await impactOf(release("1.0.0", "hi"), other)).map(({ change }) => change)).toEqual([
      "removed",
      "removed",
    ]);
  });

  test.each([
    ["that is not in the folder", release("3.0.0", "hi"), /the chart web 3\.0\.0 is not in .*helm pull/],
    ["that does not render", release("2.0.0", "hi"), /helm cannot render web-2\.0\.0\.tgz: .*no greeting/],
    ["whose values are elsewhere", release("1.0.0", "bye", "  valuesFrom: [{kind: Secret, name: v}]\n"), /values from the Secret 'v' are not taken into account/],
  ])("names a chart %s, and goes on", async (_, after, words) => {
    const impact = await impactOf(release("1.0.0", "hi"), after);
    expect(impact.clusters[0]!.unknown).toEqual([
      { unit: "HelmRelease apps/web", message: expect.stringMatching(words) as string },
    ]);
    expect(impact.clusters[0]!.changes[0]!.object.kind).toBe("HelmRelease");
  }); // prettier-ignore

  test("a folder that is not there has no chart", async () => {
    const impact = await impactOf(release("1.0.0", "hi"), release("1.0.0", "bye"), "/nowhere");
    expect(impact.clusters[0]!.unknown[0]!.message).toContain("is not in /nowhere");
  });
});

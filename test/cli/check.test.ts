import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { CheckReport } from "../../lib/check/report.ts";
import { rules } from "../../lib/check/rules/index.ts";
import { clusterPaths, repository } from "../check/repository.ts";
import { cloneOfReference } from "../support/clone.ts";
import { clusterFile, type Ended, temporaryFolder, testFleet, TestFleet } from "../support/fleet.ts";
import { sarifProblems } from "../support/sarif.ts";

/** An app whose Deployment has no readiness probe, in a file of the user's own. */
const site = `
import { App } from "#constructs/apps";
import { KubeObject } from "#kube-object";
export class Site extends App {
  constructor(scope, id) {
    super(scope, id, {});
    const metadata = { labels: { app: id } };
    const containers = [{ name: "web", image: "web:1", resources: { requests: { cpu: "1m", memory: "1Mi" } } }];
    new KubeObject(this, "site", { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: id }, spec: { selector: { matchLabels: metadata.labels }, template: { metadata, spec: { containers } } } });
  }
}
`;
const cluster = (type: string, provider: string) =>
  `import { Site } from "../../site.ts";${clusterFile(
    `{ type: ${type}, provider: ${provider}, platform: { variables: { domain: \`\${name}.example.com\` } }, apps: (apps) => { new Site(apps, "shop"); } }`,
  )}`;
const files = {
  "site.ts": site,
  "kube-object.ts": `export * from ${JSON.stringify(new URL("../../constructs/kube-object.ts", import.meta.url).href)};\n`,
  "package.json": JSON.stringify({
    type: "module",
    imports: {
      "#fleet": "./clusters/fleet.ts",
      "#environment-types": "./clusters/fleet.ts",
      "#sluice": "./sluice.ts",
      "#constructs/apps": "./apps.ts",
      "#kube-object": "./kube-object.ts",
    },
  }),
  "clusters/development/cluster.ts": cluster("development", "kind()"),
  "clusters/development/versions.yaml": 'kubernetes: "1.35"\n',
  "clusters/production/cluster.ts": cluster("production", 'eks({ region: "eu-west-2" })'),
  "clusters/production/versions.yaml": 'kubernetes: "1.34"\nplatform:\n  tag: 1.0.0\n',
};
/** The rules that the small fleet, whose platform makes no namespace of the apps, keeps. */
const others = `namespace: "off", "service-account": "off"`;

const json = ({ stdout }: Ended) => JSON.parse(stdout) as CheckReport;

describe("sluice check in a fleet", () => {
  let fleet: TestFleet;
  let original: string;
  const settings = (text: string) => {
    fleet.write({ "clusters/fleet.ts": original.replace('name: "test",', `name: "test", check: ${text},`) });
  };

  beforeAll(async () => {
    fleet = await testFleet(files);
    fleet.git("tag", "1.0.0");
    original = readFileSync(join(fleet.root, "clusters/fleet.ts"), "utf8");
  });

  it("tells a problem once: its clusters, the line of its manifest, and the TypeScript line that made it", async () => {
    settings(`{ severity: { ${others} } }`);
    const ended = await fleet.sluice("check", "--json");
    const { problems, clusters, unchecked } = json(ended);
    expect(problems).toMatchObject([
      {
        rule: "probes",
        severity: "error",
        clusters: ["development", "production"],
        object: "Deployment apps/shop",
        kustomization: "apps/shop",
        field: "spec.template.spec.containers[0]",
        places: [
          { file: "manifests/clusters/development/apps/shop/shop.yaml", made: "site.ts:9 (apps/shop/site)" },
          { file: "manifests/clusters/production/apps/shop/shop.yaml", made: "site.ts:9 (apps/shop/site)" },
        ],
      },
    ]);
    const [{ file, line }] = problems[0]!.places;
    expect(readFileSync(join(fleet.root, file!), "utf8").split("\n")[line! - 1]).toContain("- image: web:1");
    expect(site.split("\n")[8]).toContain("new KubeObject");
    expect({ code: ended.code, clusters, unchecked }).toEqual({
      code: 1,
      clusters: ["development", "production"],
      unchecked: [],
    });
  });

  it("shows it to people, and is fine with warnings", async () => {
    settings(`{ severity: { ${others}, probes: "warning" } }`);
    const { code, stdout, stderr } = await fleet.sluice("check");
    expect(stdout).toContain(
      `! Deployment apps/shop on development, production (2 clusters) (probes)
  container 'web' has no readinessProbe: traffic reaches it before it serves
  at manifests/clusters/development/apps/shop/shop.yaml:`,
    );
    expect(stdout).toContain("made by site.ts:9 (apps/shop/site)");
    expect(stdout).toMatch(/! 2 clusters, \d+ objects: 1 warning$/m);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  it("tells only about the clusters that are named", async () => {
    settings(`{ severity: { ${others} } }`);
    const { problems, clusters } = json(await fleet.sluice("check", "--json", "--cluster", "production"));
    expect(clusters).toEqual(["production"]);
    expect(problems[0]!.clusters).toEqual(["production"]);
  });

  it("heeds an exception, and tells when it has ended", async () => {
    const exception = (expires: string) =>
      `{ severity: { ${others} }, exceptions: [{ rule: "probes", object: "Deployment apps/*", reason: "serves nobody", expires: "${expires}" }] }`;
    settings(exception("2999-12-31"));
    expect(await fleet.sluice("check")).toMatchObject({
      code: 0,
      stderr: "",
      stdout: expect.stringContaining("no problems, 2 excepted") as string,
    });
    settings(exception("2020-01-01"));
    const { code, stderr } = await fleet.sluice("check");
    expect(code).toBe(1);
    expect(stderr).toContain("(serves nobody) ended on 2020-01-01");
  });

  it("prints SARIF that is valid, with the manifest and what made it", async () => {
    settings(`{ severity: { ${others} } }`);
    const { stdout } = await fleet.sluice("check", "--format", "sarif");
    const log = JSON.parse(stdout) as {
      runs: { results: object[]; tool: { driver: { rules: { id: string }[] } } }[];
    };
    expect(sarifProblems(log)).toEqual([]);
    expect(log.runs[0]!.tool.driver.rules.map(({ id }) => id)).toEqual(rules.map(({ name }) => name));
    expect(log.runs[0]!.results).toMatchObject([
      {
        ruleId: "probes",
        level: "error",
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: "manifests/clusters/development/apps/shop/shop.yaml" },
            },
          },
          {
            physicalLocation: {
              artifactLocation: { uri: "manifests/clusters/production/apps/shop/shop.yaml" },
            },
          },
        ],
        relatedLocations: [
          { physicalLocation: { artifactLocation: { uri: "site.ts" }, region: { startLine: 9 } } },
        ],
      },
    ]);
    // The schema can say no.
    expect(sarifProblems({ ...log, version: "3" })).not.toEqual([]);
    expect(sarifProblems({ version: "2.1.0", runs: [{ results: [{ ruleId: 1 }] }] })).not.toEqual([]);
  });

  it("refuses settings that are wrong, before anything else", async () => {
    settings(`{ severity: { prbes: "off" } }`);
    const { code, stderr } = await fleet.sluice("check");
    expect(code).toBe(1);
    expect(stderr).toContain("clusters/fleet.ts: check: there is no rule 'prbes'; did you mean 'probes'?");
  });

  it("tells of broken definitions where they are", async () => {
    settings(`{ severity: oops }`);
    const { code, stderr } = await fleet.sluice("check");
    expect(code).toBe(1);
    expect(stderr).toMatch(/clusters\/fleet\.ts:\d+: ReferenceError: oops/);
  });

  it("goes on where the definitions cannot be synthesised, without the lines", async () => {
    settings(`{ severity: { ${others} } }`);
    fleet.write({ "site.ts": site.replace("new KubeObject(", 'throw new Error("no"); new KubeObject(') });
    const { problems, unchecked } = json(await fleet.sluice("check", "--json"));
    fleet.write({ "site.ts": site });
    expect(problems[0]!.places[0]).not.toHaveProperty("made");
    expect(unchecked.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /^which lines of TypeScript made the objects: the definitions cannot be synthesised \(site\.ts:9: no\)/,
      ) as string,
    ]);
  });

  it("finds less in a clone without the release, and says so", async () => {
    settings(`{ severity: { ${others} } }`);
    fleet.git("tag", "--delete", "1.0.0");
    const { unchecked } = json(await fleet.sluice("check", "--json", "--no-registry"));
    fleet.git("tag", "1.0.0");
    expect(unchecked).toMatchObject([
      {
        clusters: ["production"],
        message: expect.stringContaining("the release 1.0.0 of platform is not in this clone") as string,
      },
      {
        clusters: ["production"],
        message: expect.stringContaining("whether what is referred to exists") as string,
      },
    ]);
  });

  it.each([
    [["--kubernetes", "newest"], "is no version such as 1.35"],
    [["--context", "kind-x"], "--live"],
    [["--definitions", "/nowhere"], "is no folder that can be read"],
    [["--cluster", "developmnt"], "there is no cluster 'developmnt'; did you mean 'development'?"],
    [["--format", "xml"], "Allowed choices are text, json, sarif"],
    [["--path", "clusters/none"], "there is no folder clusters/none"],
    [["--live", "--context", "x"], "is one cluster, and these are 2: development, production"],
  ])("%s is wrong usage", async (args, message) => {
    settings(`{ severity: { ${others} } }`);
    const { code, stderr } = await fleet.sluice("check", ...args);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) as string });
  });

  it("needs a repository", async () => {
    const { code, stderr } = await new TestFleet(temporaryFolder()).sluice("check");
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining("is in no git repository") as string,
    });
  });
});

describe("sluice check of the reference fleet", () => {
  it("finds nothing, with its releases tagged", async () => {
    const { code, stdout } = await cloneOfReference({ tags: ["1.0.0"] }).sluice("check", "--json");
    const { problems, notices, excepted, clusters, unchecked } = JSON.parse(stdout) as CheckReport;
    expect({ problems, notices, excepted, code }).toEqual({
      problems: [],
      notices: [],
      excepted: 0,
      code: 0,
    });
    expect(clusters).toEqual(["canary", "development", "production", "staging"]);
    // Nothing but the kinds that charts define.
    for (const { message } of unchecked)
      expect(message).toMatch(/^the fields of .*: their definitions are not known$/);
  });

  it("warns of staging's range as soon as there is an older release to fall back to", async () => {
    const { code, stdout } = await cloneOfReference({ tags: ["1.0.0", "1.1.0"] }).sluice("check", "--json");
    const { problems } = JSON.parse(stdout) as CheckReport;
    expect(code).toBe(0);
    expect(
      problems.map(({ rule, severity, object, clusters }) => [rule, severity, object, clusters]),
    ).toEqual([["range", "warning", "OCIRepository flux-system/platform", ["staging"]]]);
    expect(problems[0]!.message).toContain("falls back to 1.0.0");
  });
});

describe("sluice check of a repository that Sluice did not make", () => {
  let fleet: TestFleet;
  const check = (...args: string[]) =>
    fleet.sluice("check", "--no-registry", "--path", ...clusterPaths, ...args);

  beforeAll(() => {
    fleet = new TestFleet(temporaryFolder());
    fleet.git("init", "--quiet", "--initial-branch=main");
    fleet.write(Object.fromEntries(repository()));
  });

  it("finds nothing wrong, and names what it does not know", async () => {
    const { code, stdout, stderr } = await check();
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain(
      "? not checked on staging, production (2 clusters): the version of Kubernetes: nothing says which one runs",
    );
    expect(stdout).toContain(
      "the fields of cert-manager.io/v1 Certificate, cert-manager.io/v1 ClusterIssuer: their definitions are not known",
    );
    expect(stdout).toMatch(/^✓ 2 clusters, \d+ objects: no problems$/m);
  });

  it("knows more with a folder of definitions", async () => {
    const definition = (kind: string, plural: string) =>
      JSON.stringify({
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name: `${plural}.cert-manager.io` },
        spec: {
          group: "cert-manager.io",
          scope: kind === "ClusterIssuer" ? "Cluster" : "Namespaced",
          names: { kind, plural },
          versions: [
            {
              name: "v1",
              served: true,
              storage: true,
              schema: {
                openAPIV3Schema: {
                  type: "object",
                  properties: { spec: { type: "object", properties: { secretName: { type: "string" } } } },
                },
              },
            },
          ],
        },
      });
    fleet.write({
      "crds/all.yaml": `${definition("Certificate", "certificates")}\n---\n${definition("ClusterIssuer", "clusterissuers")}\n`,
    });
    const { code, stdout } = await check("--json", "--kubernetes", "1.35", "--definitions", "crds");
    const { problems, unchecked } = JSON.parse(stdout) as CheckReport;
    fleet.write({ "crds/all.yaml": undefined });
    expect(unchecked).toEqual([]);
    expect(problems.map(({ object, message }) => `${object}: ${message}`)).toEqual([
      "ClusterIssuer letsencrypt: spec.acme: unknown field",
      "Certificate shop/web: spec.dnsNames: unknown field",
      "Certificate shop/web: spec.issuerRef: unknown field",
    ]);
    expect(code).toBe(1);
  });

  it.each([
    ["broken YAML", "tenants/shop/x.yaml", "a: [\n", /tenants\/shop\/x\.yaml:\d+: broken YAML/],
    ["no text", "tenants/shop/x.yaml", "a\0b", /tenants\/shop\/x\.yaml: is binary/],
    [
      "more than a manifest may be",
      "tenants/shop/x.yaml",
      `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: big\n  namespace: shop\ndata:\n  a: ${"x".repeat(50 << 20)}\n`,
      /tenants\/shop\/x\.yaml: has 50 MiB/,
    ],
    [
      "aliases that stand for a billion values",
      "tenants/shop/x.yaml",
      `a0: &a0 [x]\n${Array.from({ length: 9 }, (_, n) => `a${n + 1}: &a${n + 1} [${Array(9).fill(`*a${n}`).join(", ")}]\n`).join("")}`,
      /its aliases stand for more than/,
    ],
    [
      "a variable that grows",
      "infrastructure/configs/x.yaml",
      `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n  namespace: shop\ndata:\n  a: "${"${domain}".repeat(600_000)}"\n`,
      /infrastructure\/configs\/x\.yaml:1: ConfigMap x: the result is longer than/,
    ],
  ])("ends in good time on %s", async (_, file, text, message) => {
    fleet.write({ [file]: text });
    const began = performance.now();
    const { code, stdout } = await check("--json", "--kubernetes", "1.35");
    fleet.write({ [file]: undefined });
    const { problems } = JSON.parse(stdout) as CheckReport;
    expect(problems).toMatchObject([
      { rule: "build", message: expect.stringMatching(message) as string, places: [{ file }, { file }] },
    ]);
    expect({ code, seconds: performance.now() - began < 30_000 }).toEqual({ code: 1, seconds: true });
  });
});

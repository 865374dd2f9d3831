import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cloneOfReference } from "../support/clone.ts";
import { temporaryFolder, TestFleet } from "../support/fleet.ts";

interface Printed {
  readonly clusters: readonly {
    readonly cluster: string;
    readonly kubernetes: string;
    readonly outcomes: readonly {
      id: string;
      kind: string;
      verdict: string;
      readyAfter: number;
      readyAtLatest: number;
    }[];
    readonly troubles: readonly { ids: readonly string[]; message: string; stops: readonly string[] }[];
    readonly failure?: { id: string; stops: readonly string[]; unapplied: number };
    readonly restarts?: { applies: readonly { unit: string }[]; releases: readonly { id: string }[] };
  }[];
}

const reference = cloneOfReference({ tags: ["1.0.0"] });
const simulate = async (...args: string[]) => {
  const ended = await reference.sluice("simulate", "--no-registry", "--json", ...args);
  return { ...ended, printed: JSON.parse(ended.stdout) as Printed };
};

describe("sluice simulate on the reference fleet", () => {
  it("brings up every cluster, whatever timeouts are used up", async () => {
    const { code, printed } = await simulate();
    expect(code).toBe(0);
    expect(printed.clusters.map(({ cluster }) => cluster)).toEqual([
      "canary",
      "development",
      "production",
      "staging",
    ]);
    for (const { outcomes, troubles } of printed.clusters) {
      expect(troubles).toEqual([]);
      expect(outcomes.filter(({ kind }) => kind === "Kustomization").length).toBeGreaterThan(5);
      for (const outcome of outcomes) {
        expect(outcome.verdict, outcome.id).toBe("ready");
        expect(outcome.readyAtLatest).toBeGreaterThanOrEqual(outcome.readyAfter);
      }
    }
    expect(printed.clusters.map(({ kubernetes }) => kubernetes)).toEqual(["1.36", "1.35", "1.34", "1.35"]);
  });

  it("fits into 80 columns", async () => {
    const { code, stdout } = await reference.sluice("simulate", "--no-registry");
    expect(code).toBe(0);
    expect(stdout).toContain("development: 9 of 9 Kustomizations and 10 of 10 HelmReleases become Ready");
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  it("tells what a failure stops", async () => {
    const { code, printed } = await simulate("development", "--fail", "kyverno");
    expect(code).toBe(0);
    const [{ failure }] = printed.clusters as [Printed["clusters"][0]];
    expect(failure!.id).toBe("HelmRelease kyverno/kyverno");
    expect(failure!.stops).toEqual(
      expect.arrayContaining([
        "Kustomization flux-system/platform-services",
        "Kustomization flux-system/apps",
      ]),
    );
    expect(failure!.stops).not.toContain("HelmRelease traefik/traefik");
    expect(failure!.unapplied).toBeGreaterThan(10);
  });

  it("tells what a change restarts, and leaves the working tree alone", async () => {
    const file = join(reference.root, "manifests/platform/services/traefik.yaml");
    const text = readFileSync(file, "utf8");
    reference.write({
      "manifests/platform/services/traefik.yaml": text.replace(/^( {2}values:\n)/m, "$1    changed: true\n"),
    });
    const before = reference.state();
    const { code, printed } = await simulate("development", "production", "--base", "HEAD");
    expect(code).toBe(0);
    expect(reference.state()).toBe(before);
    reference.git("checkout", "--quiet", ".");
    const [development, production] = printed.clusters.map(({ restarts }) => restarts!);
    expect(development!.applies.map(({ unit }) => unit)).toEqual(["flux-system/platform-services"]);
    expect(development!.releases).toEqual([{ id: "HelmRelease traefik/traefik", upgrade: true }]);
    // It is pinned to a release.
    expect(production!.releases).toEqual([]);
  });

  it("shows broken YAML as its Kustomization's failure", async () => {
    appendFileSync(join(reference.root, "manifests/platform/configs/quotas.yaml"), "\n  broken: [\n");
    const { code, printed } = await simulate("canary");
    reference.git("checkout", "--quiet", ".");
    expect(code).toBe(1);
    const [{ troubles }] = printed.clusters as [Printed["clusters"][0]];
    expect(troubles).toHaveLength(1);
    expect(troubles[0]!.ids).toEqual(["Kustomization flux-system/platform-configs"]);
    expect(troubles[0]!.message).toMatch(/configs\/quotas\.yaml/);
    expect(troubles[0]!.stops).toContain("Kustomization flux-system/platform");
  });
});

describe("what is wrong on the command line", () => {
  it.each([
    [["devlopment"], /there is no cluster 'devlopment'; did you mean 'development'\?/],
    [["--fail", "kyvrno"], /there is no 'kyvrno'; did you mean '\w+ (kyverno\/)?kyverno'\?/],
    [["--base", "nowhere"], /nowhere: is no revision of this clone/],
    [["--path", "clusters/nowhere"], /there is no folder clusters\/nowhere/],
  ])("%j", async (args, message) => {
    const { code, stderr } = await reference.sluice("simulate", "--no-registry", ...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  it("a repository without manifests, and a folder in no repository", async () => {
    const empty = new TestFleet(temporaryFolder());
    expect(await empty.sluice("simulate")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("git") as string,
    });
    empty.git("init", "--quiet");
    expect(await empty.sluice("simulate")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("has no folder manifests") as string,
    });
  });
});

describe("a repository that Sluice did not make", () => {
  it("is simulated from the folder that Flux syncs", async () => {
    const plain = new TestFleet(temporaryFolder());
    plain.git("init", "--quiet", "--initial-branch=main");
    plain.git("config", "user.name", "Test");
    plain.git("config", "user.email", "test@example.com");
    const kustomization = (name: string, more: string) => `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: ${name}, namespace: flux-system }
spec: { interval: 10m, path: ./${name}, prune: true, sourceRef: { kind: GitRepository, name: flux-system }${more} }
`;
    plain.write({
      "clusters/production/infrastructure.yaml": kustomization("infrastructure", ", wait: true"),
      "clusters/production/apps.yaml": kustomization("apps", ", dependsOn: [{ name: infrastructure }]"),
      "infrastructure/kustomization.yaml": "resources: [namespace.yaml]\n",
      "infrastructure/namespace.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: { name: web }\n",
      "apps/kustomization.yaml": "namespace: web\nresources: [web.yaml]\n",
      "apps/web.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: web }\n",
    });
    plain.commit();
    const { code, stdout } = await plain.sluice("simulate", "--path", "clusters/production");
    expect(code).toBe(0);
    expect(stdout).toContain("production: 3 of 3 Kustomizations become Ready");
    plain.write({
      "infrastructure/namespace.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: { name: other }\n",
    });
    const broken = await plain.sluice("simulate", "--path", "clusters/production");
    expect(broken.code).toBe(1);
    expect(broken.stdout).toContain('ConfigMap/web/web: namespaces "web" not found');
  });
});

import { beforeAll, describe, expect, it } from "vitest";
import type { ClusterPlan } from "../../../lib/stack/plan.ts";
import { type Ended, type TestFleet } from "../../support/fleet.ts";
import { stackFleet } from "../../support/stacks.ts";

let fleet: TestFleet;
const json = (ended: Ended) => JSON.parse(ended.stdout) as ClusterPlan & { readonly name: string };

beforeAll(async () => {
  fleet = await stackFleet();
}, 120_000);

describe("sluice plan", () => {
  it("shows the tree, what is protected and secret, what it notes of inputs, and the cost", async () => {
    const { code, stdout, stderr } = await fleet.sluice("plan", "production");
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout).toContain("Stack production: production on eks, Kubernetes 1.34");
    expect(stdout).toContain("protected: it refuses to be destroyed until somebody confirms it");
    expect(stdout).toMatch(/├─ sluice:eks:Cluster production {2}protected/);
    expect(stdout).toMatch(
      /eks:Cluster production {2}version 1\.34, endpointPublicAccess false, deletionProtection true {2}protected/,
    );
    expect(stdout).toMatch(/│ {2}│ {2}.─ aws:ec2:NatGateway production-nat-2/);
    expect(stdout).toContain("kubeconfig secret");
    expect(stdout).toMatch(/about, a month +\$[\d,]+ to \$[\d,]+/);
  });

  it("runs the fleet's own program: its outputs become what Flux substitutes", async () => {
    const { plan, cost } = json(await fleet.sluice("plan", "production", "--json"));
    const outputs = plan.resources.find(
      ({ type, name }) => type === "kubernetes:core/v1:ConfigMap" && name === "production-outputs",
    );
    expect(outputs?.inputs["data"]).toEqual({ vpc: "production-id" });
    expect(cost?.items.length).toBeGreaterThan(2);
    const development = json(await fleet.sluice("plan", "development", "--json"));
    expect(development.cost).toBeUndefined();
    expect(
      development.plan.resources.find(({ name }) => name === "development-outputs")?.inputs["data"] ?? {},
    ).toEqual({});
  });

  it("is the same twice, to the byte", async () => {
    const [one, two] = await Promise.all([
      fleet.sluice("plan", "production"),
      fleet.sluice("plan", "production"),
    ]);
    expect(one.stdout).toBe(two.stdout);
    expect(one.stdout.length).toBeGreaterThan(1000);
  });

  it("makes the ordered teardown depend on everything else, so that a destroy begins with it", async () => {
    const { plan } = json(await fleet.sluice("plan", "development", "--json"));
    const hook = plan.resources.find(({ name }) => name === "development-teardown")!;
    const others = plan.resources.filter(
      ({ component, type, urn }) => !component && urn !== hook.urn && !type.startsWith("pulumi:providers"),
    );
    expect(others.length).toBeGreaterThan(4);
    for (const { urn } of others) expect(hook.dependencies).toContain(urn);
    expect(hook.inputs["create"]).toBe(":");
    expect(hook.inputs["delete"]).toContain("teardown-run.ts");
    // The stack makes this cluster, so what stands for something outside goes with it, whoever made it.
    expect(hook.inputs["environment"]).toMatchObject({ SLUICE_CLUSTER_GOES: "true" });
  });

  it("says how a sandbox differs from its source, and carries its owner and expiry everywhere", async () => {
    const created = await fleet.sluice(
      "sandbox",
      "create",
      "trial",
      "--from",
      "production",
      "--branch",
      "trial",
      "--owner",
      "ann@example.com",
      "--expires",
      "2w",
    );
    expect(created.code, created.stderr).toBe(0);
    try {
      const { plan, differences } = json(await fleet.sluice("plan", "trial", "--json"));
      const aws = plan.resources.find(({ type }) => type === "pulumi:providers:aws")!;
      expect(JSON.stringify(aws.inputs["defaultTags"])).toContain("ann@example.com");
      expect(JSON.stringify(aws.inputs["defaultTags"])).toContain("sluice.dev/expires");
      for (const { type, provider } of plan.resources.filter((each) => each.type.startsWith("aws:")))
        expect(provider, type).toBe("pulumi:providers:aws trial-aws");
      expect(plan.resources.some(({ protect }) => protect)).toBe(false);
      const control = differences?.find(({ type }) => type === "eks:index:Cluster");
      expect(control?.fields).toContainEqual({ path: "deletionProtection", before: true, after: false });
      const text = (await fleet.sluice("plan", "trial")).stdout;
      expect(text).toContain("sandbox of production, owner ann@example.com");
      expect(text).toContain("What differs from production");
    } finally {
      fleet.git("switch", "--quiet", "main");
    }
  });

  it("names the known clusters when there is no such stack", async () => {
    const { code, stderr } = await fleet.sluice("plan", "developmnt");
    expect(code).toBe(2);
    expect(stderr).toContain("there is no cluster 'developmnt'");
    expect(stderr).toContain("development");
  });

  it("says what the stack's configuration lacks", async () => {
    fleet.write({ "Pulumi.development.yaml": "config:\n  fleet:gitSsh: 'true'\n" });
    const { missing } = json(await fleet.sluice("plan", "development", "--json"));
    expect(missing[0]?.message).toContain("'gitKnownHosts' is missing");
    fleet.write({ "Pulumi.development.yaml": undefined });
  });

  it("refuses a version that the provider does not know, and names those that it does", async () => {
    fleet.write({
      "clusters/development/versions.yaml": 'kubernetes: "1.21"\napps:\n  web:\n    image: 1.0.0\n',
    });
    const { code, stderr } = await fleet.sluice("plan", "development");
    fleet.git("checkout", "--quiet", "--", ".");
    expect(code).toBe(1);
    expect(stderr).toContain(
      "clusters/development/versions.yaml: kind 0.33.0 has no node image for Kubernetes 1.21",
    );
    expect(stderr).toContain("set kubernetes to one of 1.37, 1.36, 1.35, 1.34");
  });

  it("says that a fleet has no project, or that the manifests are missing", async () => {
    fleet.write({ "Pulumi.yaml": undefined });
    const without = await fleet.sluice("plan", "development");
    fleet.git("checkout", "--quiet", "--", ".");
    expect(without.code).toBe(1);
    expect(without.stderr).toContain("Pulumi.yaml: is missing");
    fleet.write({ "manifests/clusters/development/flux-system/flux-instance.yaml": undefined });
    const unsynthesised = await fleet.sluice("plan", "development");
    fleet.git("checkout", "--quiet", "--", ".");
    expect(unsynthesised.stderr).toContain("npx sluice synth --cluster development");
  });
});

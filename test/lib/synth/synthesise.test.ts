import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadAll } from "js-yaml";
import { beforeAll, describe, expect, it } from "vitest";
import { clusterFile, type TestFleet, testFleet } from "../../support/fleet.ts";

interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
  spec: Record<string, unknown>;
  data: Record<string, string>;
}

const read = (fleet: TestFleet, path: string) =>
  loadAll(readFileSync(join(fleet.root, "manifests", path), "utf8")) as KubeObject[];
const find = (objects: readonly KubeObject[], kind: string, name?: string) =>
  objects.find((object) => object.kind === kind && (name === undefined || object.metadata.name === name))!;

const one = (more: string, variables = "{ domain: `${name}.example.com` }") =>
  clusterFile(`{ type: development, provider: kind(), platform: { variables: ${variables} }, ${more} }`);
const versions = 'kubernetes: "1.35"\n';

/** A fleet with one more cluster `x`. */
const withCluster = (text: string, files: Readonly<Record<string, string>> = {}) =>
  testFleet({ "clusters/x/cluster.ts": text, "clusters/x/versions.yaml": versions, ...files });

describe("a bundle", () => {
  let fleet: TestFleet;
  beforeAll(async () => {
    fleet = await testFleet();
  });

  it("ships the Kustomizations of its layers, for any source and root, in their order", () => {
    const configs = find(read(fleet, "platform/layers/configs.yaml"), "Kustomization");
    expect(configs.metadata).toMatchObject({ name: "platform-configs", namespace: "flux-system" });
    expect(configs.spec).toMatchObject({
      path: "${root:=.}/configs",
      sourceRef: { kind: "${source_kind:=OCIRepository}", name: "platform" },
      dependsOn: [{ name: "platform-services" }],
      postBuild: { substituteStrategy: "Always" },
    });
  });

  it("has the defaults of its variables in its own manifests, so that a release keeps them", () => {
    expect(find(read(fleet, "platform/services/settings.yaml"), "ConfigMap").data).toEqual({
      domain: "${domain}",
      level: "${log_level:=info}",
      vpc: "${vpc:=none}",
    });
  });

  it("has a contract", () => {
    expect(
      JSON.parse(readFileSync(join(fleet.root, "manifests/platform/bundle.json"), "utf8")),
    ).toMatchObject({
      bundle: "platform",
      contract: 1,
      variables: { domain: { type: "text", giver: "cluster", unique: true }, vpc: { giver: "stack" } },
      facts: [],
      layers: [
        { name: "services", dependsOn: [] },
        { name: "configs", dependsOn: ["services"] },
      ],
    });
  });

  it("says nothing of itself in a cluster's folder but its name and values", () => {
    const text = readFileSync(join(fleet.root, "manifests/clusters/production/platform.yaml"), "utf8");
    expect(text).not.toMatch(/services|configs|log_level|vpc/);
  });
});

describe("a cluster", () => {
  it("on a branch reads its bundle from git, on a release from the registry", async () => {
    const fleet = await testFleet();
    const development = read(fleet, "clusters/development/platform.yaml");
    expect(find(development, "GitRepository").spec).toMatchObject({
      url: "https://git.example.com/fleet.git",
      ref: { branch: "main" },
    });
    expect(find(development, "Kustomization").spec).toMatchObject({
      path: "./manifests/platform/layers",
      postBuild: { substitute: { root: "./manifests/platform", source_kind: "GitRepository" } },
    });
    const production = read(fleet, "clusters/production/platform.yaml");
    expect(find(production, "OCIRepository").spec).toMatchObject({
      url: "oci://registry.example.com/fleet/platform",
      ref: { tag: "1.0.0" },
    });
    expect(find(production, "Kustomization").spec).toMatchObject({
      path: "./layers",
      postBuild: { substitute: { root: ".", source_kind: "OCIRepository" } },
    });
  });

  it("takes only releases that are signed as the fleet says", async () => {
    const fleet = await testFleet();
    const file = readFileSync(join(fleet.root, "clusters/fleet.ts"), "utf8");
    const verified = async (verify: string) => {
      fleet.write({
        "clusters/fleet.ts": file.replace(
          'artifacts: { url: "oci://registry.example.com/fleet" }',
          `artifacts: { url: "oci://registry.example.com/fleet", verify: ${verify} }`,
        ),
      });
      const { code, stderr } = await fleet.sluice("synth");
      if (code !== 0) throw new Error(stderr);
      return find(read(fleet, "clusters/production/platform.yaml"), "OCIRepository").spec["verify"];
    };
    expect(await verified('{ secret: "keys" }')).toEqual({ provider: "cosign", secretRef: { name: "keys" } });
    const identity = '{ issuer: "https://ci.example.com", subject: /release@.+/ }';
    const matchOIDCIdentity = [{ issuer: "^https://ci\\.example\\.com$", subject: "^(?:release@.+)$" }];
    expect(await verified(`{ identity: ${identity} }`)).toEqual({ provider: "cosign", matchOIDCIdentity });
    expect(await verified(`{ identity: ${identity}, trustedRoot: "root" }`)).toEqual({
      provider: "cosign",
      matchOIDCIdentity,
      trustedRootSecretRef: { name: "root" },
    });
    await expect(verified('{ identity: { issuer: "x", subject: /.*/ } }')).rejects.toThrow(
      /anybody could sign/,
    );
  });

  it.each([
    ["operator", "flux-instance.yaml", "FluxInstance"],
    ["sync", "sync.yaml", "GitRepository"],
  ])("whose sync is the %s's has it in flux-system/%s", async (flux, file, kind) => {
    const fleet = await withCluster(one(`flux: "${flux}"`));
    expect(find(read(fleet, `clusters/x/flux-system/${file}`), kind)).toBeDefined();
  });

  it("that flux bootstrap made keeps that one's files, which its root names", async () => {
    const gotk = {
      "manifests/clusters/x/flux-system/gotk-sync.yaml": "kind: Theirs\n",
      "manifests/clusters/x/flux-system/kustomization.yaml": "resources: [gotk-sync.yaml]\n",
    };
    const fleet = await withCluster(one('flux: "bootstrap"'), gotk);
    for (const [path, text] of Object.entries(gotk))
      expect(readFileSync(join(fleet.root, path), "utf8")).toBe(text);
    expect(readFileSync(join(fleet.root, "manifests/clusters/x/kustomization.yaml"), "utf8")).toContain(
      "- flux-system\n",
    );
  });

  it("patches a layer through its Kustomization, a variable in the patch left for the layer", async () => {
    const fleet = await withCluster(
      clusterFile(
        '{ type: development, provider: kind(), platform: { variables: { domain: `${name}.example.com` }, patches: { services: [{ target: { kind: "ConfigMap" }, patch: [{ op: "add", path: "/data/at", value: "${domain}" }] }] } } }',
      ),
    );
    const { patches } = find(read(fleet, "clusters/x/platform.yaml"), "Kustomization").spec as {
      patches: { target: object; patch: string }[];
    };
    expect(patches[0]!.target).toEqual({ kind: "Kustomization", name: "platform-services" });
    const [operation] = loadAll(patches[0]!.patch)[0] as {
      path: string;
      value: { target: object; patch: string }[];
    }[];
    expect(operation).toMatchObject({ path: "/spec/patches", value: [{ target: { kind: "ConfigMap" } }] });
    expect(operation!.value[0]!.patch).toContain("$${domain}");
  });

  it("opens its SOPS files by the key that it names", async () => {
    const fleet = await withCluster(one('decryption: { secret: "sops-age" }'));
    expect(find(read(fleet, "clusters/x/secrets.yaml"), "Kustomization").spec).toMatchObject({
      path: "./clusters/x/secrets",
      decryption: { provider: "sops", secretRef: { name: "sops-age" } },
    });
  });

  it("without apps has no apps' Kustomization", async () => {
    const fleet = await withCluster(one(""));
    expect(existsSync(join(fleet.root, "manifests/clusters/x/apps.yaml"))).toBe(false);
  });

  it("pulls charts and images through the fleet's mirror", async () => {
    const fleet = await withCluster(
      one(
        'apps: (apps) => { new HelmApp(apps, "shop", { chart: { repository: "https://charts.example.com", name: "shop" }, version: "1.2.3" }); }',
      ),
    );
    const charts = () => read(fleet, "clusters/x/apps/shop/shop.yaml");
    expect(find(charts(), "HelmRepository").spec).toMatchObject({ url: "https://charts.example.com" });
    const text = fleet.git("show", "HEAD:clusters/fleet.ts");
    fleet.write({
      "clusters/fleet.ts": text.replace(
        'name: "test",',
        'name: "test", mirror: { charts: "oci://mirror.internal/charts", images: "mirror.internal/images" },',
      ),
    });
    expect((await fleet.sluice("synth")).code).toBe(0);
    expect(find(charts(), "OCIRepository").spec).toMatchObject({
      url: "oci://mirror.internal/charts/shop",
      ref: { tag: "1.2.3" },
    });
    expect(find(read(fleet, "clusters/x/flux-system/flux-instance.yaml"), "FluxInstance").spec).toMatchObject(
      { distribution: { registry: "mirror.internal/images/ghcr.io/fluxcd" } },
    );
  });
});

describe("an app", () => {
  it("is applied by a Kustomization of its own, under the apps' ServiceAccount, after what it waits for", async () => {
    const fleet = await withCluster(
      one(
        'apps: (apps) => { new Web(apps, "db"); new Web(apps, "web", { dependsOn: ["db"], timeout: "9m" }); }',
      ),
    );
    expect(find(read(fleet, "clusters/x/apps.yaml"), "Kustomization").spec).toMatchObject({
      path: "./manifests/clusters/x/apps",
      dependsOn: [{ name: "platform" }],
      wait: false,
    });
    const web = find(read(fleet, "clusters/x/apps/web.yaml"), "Kustomization");
    expect(web.metadata).toMatchObject({
      name: "web",
      namespace: "apps",
      labels: { "sluice.dev/teardown": "user" },
    });
    expect(web.spec).toMatchObject({
      path: "./manifests/clusters/x/apps/web",
      serviceAccountName: "apps",
      dependsOn: [{ name: "db" }],
      timeout: "9m",
      sourceRef: { name: "flux-system", namespace: "flux-system" },
    });
    expect(web.spec).not.toHaveProperty("postBuild");
  });

  it("that names outputs of the stack gets them from the Kustomization above it", async () => {
    const fleet = await withCluster(
      one('apps: (apps) => { new Web(apps, "web", { outputs: ["bucket"], color: "${bucket}" }); }'),
    );
    expect(find(read(fleet, "clusters/x/apps/web.yaml"), "Kustomization").spec).toMatchObject({
      postBuild: { substitute: { bucket: "${bucket}" }, substituteStrategy: "Always" },
    });
    expect(find(read(fleet, "clusters/x/apps.yaml"), "Kustomization").spec).toMatchObject({
      postBuild: {
        substituteFrom: [
          { kind: "ConfigMap", name: "cluster-outputs", optional: true },
          { kind: "Secret", name: "cluster-outputs", optional: true },
        ],
      },
    });
    fleet.write({
      "clusters/x/cluster.ts": one(
        'apps: (apps) => { new Web(apps, "web", { outputs: ["bucket"], color: "${bukket}" }); }',
      ),
    });
    expect((await fleet.sluice("synth")).stderr).toContain(
      "'${bukket}' is not a variable here; did you mean 'bucket'?",
    );
  });

  it("that is gone takes its files with it", async () => {
    const fleet = await withCluster(one('apps: (apps) => { new Web(apps, "web"); new Web(apps, "old"); }'));
    fleet.write({ "clusters/x/cluster.ts": one('apps: (apps) => { new Web(apps, "web"); }') });
    const { stdout } = await fleet.sluice("synth");
    expect(stdout).toContain("0 added, 1 changed, 3 removed");
    expect(existsSync(join(fleet.root, "manifests/clusters/x/apps/old"))).toBe(false);
  });
});

describe("sluice synth", () => {
  it("--check writes nothing, fails, and shows what differs and what to run", async () => {
    const fleet = await testFleet();
    fleet.write({
      "clusters/development/versions.yaml": 'kubernetes: "1.35"\napps:\n  web:\n    image: 1.1.0\n',
    });
    const before = fleet.state();
    const { code, stdout } = await fleet.sluice("synth", "--check");
    expect(stdout).toContain("-  image: 1.0.0\n+  image: 1.1.0");
    expect(stdout).toContain("Run: sluice synth");
    expect(code).toBe(1);
    expect(fleet.state()).toBe(before);
  });

  it("--check finds a generated file that was edited by hand, or is gone", async () => {
    const fleet = await testFleet();
    const file = "manifests/clusters/production/platform.yaml";
    const text = readFileSync(join(fleet.root, file), "utf8");
    fleet.write({ [file]: text.replace("tag: 1.0.0", "tag: 9.9.9") });
    expect((await fleet.sluice("synth", "--check")).stdout).toContain("-    tag: 9.9.9\n+    tag: 1.0.0");
    fleet.write({ [file]: undefined });
    expect((await fleet.sluice("synth", "--check")).stdout).toContain(`missing: ${file}`);
  });

  it("--cluster writes only that cluster's folder", async () => {
    const fleet = await testFleet();
    const changed = 'kubernetes: "1.35"\napps:\n  web:\n    image: 1.1.0\n';
    fleet.write({
      "clusters/development/versions.yaml": changed,
      "clusters/production/versions.yaml": `${changed}platform:\n  tag: 1.0.0\n`.replace("1.35", "1.34"),
    });
    const { code } = await fleet.sluice("synth", "--cluster", "production");
    expect(code).toBe(0);
    expect(fleet.git("status", "--porcelain", "manifests")).toBe(
      " M manifests/clusters/production/apps/web/web.yaml",
    );
  });

  it("--json tells what it did", async () => {
    const fleet = await testFleet();
    expect(JSON.parse((await fleet.sluice("synth", "--json")).stdout)).toMatchObject({
      clusters: 2,
      written: true,
      added: [],
      changed: [],
      removed: [],
    });
  });

  it("works from a folder below, and says so outside of a fleet", async () => {
    const fleet = await testFleet();
    mkdirSync(join(fleet.root, "deep/er"), { recursive: true });
    const { run } = await import("../../support/fleet.ts");
    const cli = new URL("../../../bin/sluice.js", import.meta.url).pathname;
    expect((await run(process.execPath, [cli, "synth"], join(fleet.root, "deep/er"))).stdout).toContain(
      "2 clusters: 0 added",
    );
    const outside = await run(process.execPath, [cli, "synth"], "/");
    expect(outside.stderr).toContain("no clusters/fleet.ts here or in a folder above");
    expect(outside.code).toBe(2);
  });
});

describe("sluice cluster add", () => {
  it("onboards a cluster whose definition is a function of its name, and synthesises it", async () => {
    const fleet = await testFleet();
    const { code, stderr, stdout } = await fleet.sluice(
      "cluster",
      "add",
      "eu/edge",
      "--type",
      "development",
      "--set",
      "domain=eu-edge.example.com",
      "--set",
      "size=3",
      "--provider",
      "existing:k3d",
    );
    expect(code, stderr).toBe(0);
    expect(stdout).toContain("clusters/eu/edge/cluster.ts");
    const text = readFileSync(join(fleet.root, "clusters/eu/edge/cluster.ts"), "utf8");
    expect(text).toContain("domain: `${name}.example.com`,\n      size: 3,");
    expect(text).toContain('provider: existing({ context: "k3d" })');
    expect(find(read(fleet, "clusters/eu-edge/platform.yaml"), "ConfigMap").data).toMatchObject({
      cluster_name: "eu-edge",
      domain: "eu-edge.example.com",
      size: "3",
    });
    expect((await fleet.sluice("synth", "--check")).code).toBe(0);
  });

  it("leaves nothing behind when its definition does not hold", async () => {
    const imports = {
      "#fleet": "./clusters/fleet.ts",
      "#sluice": "./sluice.ts",
      "#constructs/apps": "./apps.ts",
    };
    const fleet = await testFleet({ "package.json": JSON.stringify({ type: "module", imports }) });
    const before = fleet.state();
    const { code, stderr } = await fleet.sluice(
      "cluster",
      "add",
      "edge",
      "--type",
      "development",
      "--set",
      "domain=edge.example.com",
    );
    expect(stderr).toContain("#environment-types");
    expect(code).toBe(1);
    expect(fleet.state()).toBe(before);
  });
});

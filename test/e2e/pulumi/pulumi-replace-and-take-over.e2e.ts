import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadAll } from "js-yaml";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run, temporaryFolder } from "../../support/fleet.ts";
import { startControlPlane } from "../control-plane/index.ts";
import { eventually } from "../support/flux-state.ts";
import { appsNamespace, changed, core, flux, LiveFleets, missingTools } from "./live-fleets.ts";

describe.skipIf(missingTools().length > 0)("a stack of a cluster with a past", { timeout: 240_000 }, () => {
  let fleets: LiveFleets;
  beforeAll(async () => {
    fleets = await LiveFleets.start();
  });
  afterAll(async () => {
    await fleets?.git.stop();
  });

  it("a kind cluster whose version changes is taken down in order, deleted, and made anew", async () => {
    await using plane = await startControlPlane({ nodes: 1 });
    await appsNamespace(plane);
    const pretended = await fleets.fleetOf(plane);
    const home = temporaryFolder();
    const log = () => readFileSync(join(home, "log"), "utf8").trim().split("\n");
    // A kind and a docker that only pretend: the cluster that they make is the control plane.
    const scripts: Record<string, string> = {
      docker: "exit 0",
      kind: `echo "$1 $2 $6" >> ${home}/log
case "$1 $2" in
  version*) echo "kind v0.33.0";;
  "get clusters") cat ${home}/cluster 2>/dev/null || true;;
  "get kubeconfig") cat ${plane.kubeconfigFile};;
  "create cluster") cat > /dev/null; echo "$4" > ${home}/cluster;;
  "delete cluster") rm ${home}/cluster;;
esac`,
    };
    mkdirSync(join(home, "bin"));
    for (const [name, script] of Object.entries(scripts))
      writeFileSync(join(home, "bin", name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const more = { PATH: `${home}/bin:${process.env["PATH"]}`, XDG_STATE_HOME: home };
    const definition = readFileSync(join(pretended.root, "clusters/live/cluster.ts"), "utf8");
    pretended.write({
      "clusters/live/cluster.ts": definition
        .replace(/provider: existing\([^)]*\)/, "provider: kind()")
        .replace("import { existing }", "import { kind }"),
    });
    await pretended.sluice("synth");
    pretended.commit("kind");
    fleets.push(pretended);
    await fleets.succeeds(pretended, ["sandbox", "up", "live"], more);
    const { client } = plane;
    await eventually("the platform", () => client.get(core("ConfigMap", "settings", "default")), 120);
    expect(changed(await fleets.succeeds(pretended, ["sandbox", "up", "live"], more))).toEqual([]);
    const made = log().filter((line) => line.startsWith("create"));
    expect(made).toEqual([expect.stringContaining("kindest/node:v1.35.")]);

    const versions = join(pretended.root, "clusters/live/versions.yaml");
    writeFileSync(versions, readFileSync(versions, "utf8").replace("1.35", "1.36"));
    // When kind deletes the cluster, nothing that Flux made may be left in it.
    writeFileSync(
      join(home, "bin/kind"),
      readFileSync(join(home, "bin/kind"), "utf8").replace(
        '"delete cluster")',
        `"delete cluster") echo "left $(kubectl --kubeconfig ${plane.kubeconfigFile} get kustomizations.kustomize.toolkit.fluxcd.io --all-namespaces --output name | wc -l)" >> ${home}/log;`,
      ),
    );
    await fleets.succeeds(pretended, ["sandbox", "up", "live"], more);
    const after = log().filter((line) => /^(create|delete|left)/.test(line));
    expect(after.slice(1)).toEqual([
      expect.stringMatching(/^delete cluster/),
      "left 0",
      expect.stringContaining("kindest/node:v1.36."),
    ]);
    await eventually("the platform again", () => client.get(core("ConfigMap", "settings", "default")), 120);
    expect(changed(await fleets.succeeds(pretended, ["sandbox", "up", "live"], more))).toEqual([]);
    await fleets.succeeds(pretended, ["sandbox", "destroy", "live", "--confirm", "live"], more);
    expect(log().at(-1)).toBe("left 0");
  });

  it("a protected cluster refuses to be destroyed, whole, until it is named a second time", async () => {
    await using plane = await startControlPlane({ nodes: 1 });
    const { client } = plane;
    await appsNamespace(plane);
    const guarded = await fleets.fleetOf(plane);
    const definition = readFileSync(join(guarded.root, "clusters/live/cluster.ts"), "utf8")
      .replace("type: development", "type: production")
      .replace("development, Web", "production, Web");
    guarded.write({ "clusters/live/cluster.ts": definition });
    expect((await guarded.sluice("synth")).code).toBe(0);
    guarded.commit("guarded");
    fleets.push(guarded);
    await fleets.succeeds(guarded, ["sandbox", "up", "live"]);
    await eventually("the platform", () => client.get(core("ConfigMap", "settings", "default")), 120);

    const destroy = ["destroy", "--yes", "--non-interactive", "--skip-preview", "--stack", "live"];
    const refused = await run("pulumi", destroy, guarded.root, fleets.environment);
    expect(refused.code).not.toBe(0);
    expect(refused.stdout + refused.stderr).toContain("protected");
    // The teardown is the first thing of a destroy: it has not begun either.
    expect(await client.get(core("ConfigMap", "settings", "default"))).toBeDefined();
    expect((await client.get(flux("Kustomization")))?.spec?.["suspend"]).not.toBe(true);
    const unnamed = await fleets.sluice(guarded, ["sandbox", "destroy", "live"]);
    expect(unnamed.stderr).toContain("it is protected: destroying it takes a confirmation");

    await fleets.succeeds(guarded, ["sandbox", "destroy", "live", "--confirm", "live"]);
    expect(await client.get(core("ConfigMap", "settings", "default"))).toBeUndefined();
  });

  it("takes over a cluster that flux bootstrap made, and leaves its files and its credentials alone", async () => {
    await using plane = await startControlPlane({ nodes: 1 });
    const { client } = plane;
    const taken = await fleets.fleetOf(plane);
    // What flux bootstrap commits, and what it leaves in the cluster: applied by the CLI, then by Flux itself.
    const folder = "manifests/clusters/live/flux-system";
    const definition = readFileSync(join(taken.root, "clusters/live/cluster.ts"), "utf8").replace(
      'flux: "sync"',
      'flux: "bootstrap"',
    );
    const sync = `apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata:
  name: flux-system
  namespace: flux-system
spec:
  interval: 1m0s
  ref:
    branch: main
  secretRef:
    name: flux-system
  url: ${fleets.urlOf(taken)}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: flux-system
  namespace: flux-system
spec:
  interval: 10m0s
  path: ./manifests/clusters/live
  prune: true
  sourceRef:
    kind: GitRepository
    name: flux-system
`;
    const components = `apiVersion: v1
kind: Namespace
metadata:
  labels:
    app.kubernetes.io/instance: flux-system
    app.kubernetes.io/part-of: flux
  name: flux-system
---
apiVersion: apps/v1
kind: Deployment
metadata:
  labels:
    app.kubernetes.io/part-of: flux
  name: kustomize-controller
  namespace: flux-system
spec:
  replicas: 1
  selector:
    matchLabels:
      app: kustomize-controller
  template:
    metadata:
      labels:
        app: kustomize-controller
    spec:
      containers:
      - image: ghcr.io/fluxcd/kustomize-controller:v1.9.1
        name: manager
`;
    taken.write({ "clusters/live/cluster.ts": definition });
    expect((await taken.sluice("synth")).code).toBe(0);
    const files = {
      [`${folder}/gotk-components.yaml`]: components,
      [`${folder}/gotk-sync.yaml`]: sync,
      [`${folder}/kustomization.yaml`]:
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- gotk-components.yaml\n- gotk-sync.yaml\n",
    };
    taken.write(files);
    taken.commit("flux bootstrap");
    fleets.push(taken);
    await client.apply({
      ...core("Secret", "flux-system"),
      type: "Opaque",
      stringData: { username: "git", password: fleets.git.password },
    });
    for (const object of [...loadAll(components), ...loadAll(sync)] as Parameters<typeof client.apply>[0][])
      await client.apply(object);
    await eventually("the platform", () => client.get(core("ConfigMap", "settings", "default")), 120);
    const before = await client.get(flux("Kustomization"));

    // The stack has no credentials: those of flux bootstrap stay.
    const bare = { SLUICE_GIT_TOKEN: "", SLUICE_FLUX: "" };
    await fleets.succeeds(taken, ["sandbox", "up", "live"], bare);
    const after = await client.get(flux("Kustomization"));
    expect(after?.metadata.uid).toBe(before?.metadata.uid);
    expect({ ...after?.spec, suspend: undefined }).toEqual({ ...before?.spec, suspend: undefined });
    expect(changed(await fleets.succeeds(taken, ["sandbox", "up", "live"], bare))).toEqual([]);
    for (const [path, text] of Object.entries(files))
      expect(readFileSync(join(taken.root, path), "utf8")).toBe(text);
    expect(taken.git("status", "--porcelain", "--", "manifests", "clusters")).toBe("");
    expect((await client.get(core("Secret", "flux-system")))?.data?.["password"]).toBe(
      Buffer.from(fleets.git.password).toString("base64"),
    );

    await fleets.succeeds(taken, ["sandbox", "destroy", "live", "--confirm", "live"], bare);
    expect(await client.get(core("ConfigMap", "settings", "default"))).toBeUndefined();
    // What flux bootstrap made is still there.
    expect((await client.get(flux("Kustomization")))?.metadata.uid).toBe(before?.metadata.uid);
    expect(await client.get(core("Secret", "flux-system"))).toBeDefined();
  });
});

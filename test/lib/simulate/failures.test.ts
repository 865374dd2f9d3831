import { describe, expect, it } from "vitest";
import {
  configMap,
  definition,
  dependsOn,
  deployment,
  type Files,
  type Manifest,
  namespace,
  release,
  simulated,
  unit,
  widget,
} from "./support.ts";

/** A Kustomization `broken`, one that waits for it, and one that has nothing to do with it. */
function fleet(objects: readonly Manifest[] | string, spec: Manifest = {}, more: Files = {}): Files {
  return {
    "cluster/all.yaml": [unit("broken", spec), unit("after", dependsOn("broken")), unit("beside")],
    "broken/a.yaml": objects,
    "after/a.yaml": [configMap("after")],
    "beside/a.yaml": [configMap("beside")],
    ...more,
  };
}

const lost = configMap("lost", {}, "nowhere");
const size = { type: "object", properties: { size: { type: "integer" } } };

const failures: Record<string, { files: Files; reason: string; message: RegExp }> = {
  "a source that does not exist": {
    files: fleet([configMap("a")], { sourceRef: { kind: "GitRepository", name: "none" } }),
    reason: "ArtifactFailed",
    message: /source GitRepository flux-system\/none does not exist/,
  },
  "a path that does not exist": {
    files: fleet([configMap("a")], { path: "./nowhere" }),
    reason: "ArtifactFailed",
    message: /kustomization path not found/,
  },
  "broken YAML": {
    files: fleet("apiVersion: v1\nkind: ConfigMap\n  metadata: {\n"),
    reason: "BuildFailed",
    message: /broken\/a\.yaml:3: broken YAML/,
  },
  "an unset variable": {
    files: fleet([configMap("a", { key: "${nothing}" })], { postBuild: { substitute: { other: "x" } } }),
    reason: "BuildFailed",
    message: /variable not set \(strict mode\): "nothing"/,
  },
  "variables of a ConfigMap that nothing makes": {
    files: fleet([configMap("a")], { postBuild: { substituteFrom: [{ kind: "ConfigMap", name: "facts" }] } }),
    reason: "BuildFailed",
    message: /substitute from 'ConfigMap\/facts'/,
  },
  "a namespace that nothing makes": {
    files: fleet([lost]),
    reason: "ReconciliationFailed",
    message: /namespaces "nowhere" not found/,
  },
  "no namespace": {
    files: fleet([{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "homeless" } }]),
    reason: "ReconciliationFailed",
    message: /namespace not specified/,
  },
  "a kind that nothing defines": {
    files: fleet([widget("a")]),
    reason: "ReconciliationFailed",
    message: /no matches for kind "Widget" in version "example\.com\/v1"/,
  },
  "a version that its definition does not have": {
    files: fleet([definition(), { ...widget("a"), apiVersion: "example.com/v2" }]),
    reason: "ReconciliationFailed",
    message: /no matches for kind "Widget" in version "example\.com\/v2"/,
  },
  "a custom object that is not valid": {
    files: fleet([definition(size), widget("a", { size: "large" })]),
    reason: "ReconciliationFailed",
    message: /spec\.size: expected an integer/,
  },
  "an unknown field of a custom object": {
    files: fleet([definition(size), widget("a", { colour: "red" })]),
    reason: "ReconciliationFailed",
    message: /spec\.colour: unknown field/,
  },
  "an unknown field of a Role": {
    files: fleet([
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "Role",
        metadata: { name: "a", namespace: "default" },
        rules: [],
        rule: 1,
      },
    ]),
    reason: "ReconciliationFailed",
    message: /rule: unknown field/,
  },
  "an unknown field beside text where a number belongs": {
    files: fleet([deployment("a", { replica: 1, replicas: "two" })]),
    reason: "ReconciliationFailed",
    message: /spec\.replica: unknown field|spec\.replicas: expected an integer/,
  },
  "an account without access": {
    files: fleet([configMap("a")], { serviceAccountName: "nobody" }),
    reason: "ReconciliationFailed",
    message: /User "system:serviceaccount:flux-system:nobody" cannot patch resource "configmaps"/,
  },
  "pods whose account does not exist": {
    files: fleet([deployment("a", {}, { serviceAccountName: "nobody" })], { wait: true }),
    reason: "HealthCheckFailed",
    message: /ServiceAccount default\/nobody does not exist/,
  },
  "a health check of what nothing makes": {
    files: fleet([configMap("a")], {
      healthChecks: [{ apiVersion: "apps/v1", kind: "Deployment", name: "none", namespace: "default" }],
    }),
    reason: "HealthCheckFailed",
    message: /Deployment\/default\/none is NotFound/,
  },
  "a status that nobody writes": {
    files: fleet([definition(), widget("a")], {
      wait: true,
      healthCheckExprs: [{ apiVersion: "example.com/v1", kind: "Widget", current: "status.done" }],
    }),
    reason: "HealthCheckFailed",
    message: /nothing in this cluster acts on Widget/,
  },
  "an expression that is none": {
    files: fleet([configMap("a")], {
      healthCheckExprs: [{ apiVersion: "example.com/v1", kind: "Widget", current: "status.(" }],
    }),
    reason: "InvalidCELExpression",
    message: /spec\.healthCheckExprs/,
  },
  "a dependency that does not exist": {
    files: fleet([configMap("a")], dependsOn("nothing")),
    reason: "DependencyNotReady",
    message: /dependency 'flux-system\/nothing' not found/,
  },
  "a Secret that is encrypted for nobody": {
    files: fleet([
      { apiVersion: "v1", kind: "Secret", metadata: { name: "a", namespace: "default" }, sops: {} },
    ]),
    reason: "ReconciliationFailed",
    message: /is SOPS encrypted/,
  },
};

describe("what never becomes Ready", () => {
  it.each(Object.entries(failures))("%s", (_, { files, reason, message }) => {
    const { of, troubles, ready } = simulated(files);
    expect(of("broken")).toMatchObject({
      verdict: "failed",
      reason,
      message: expect.stringMatching(message) as string,
    });
    expect(of("after")).toMatchObject({ verdict: "waiting", reason: "DependencyNotReady" });
    expect(ready).toEqual(expect.arrayContaining(["flux-system", "beside"]));
    expect(troubles).toHaveLength(1);
    expect(troubles[0]).toMatchObject({
      ids: ["Kustomization flux-system/broken"],
      kind: "failure",
      stops: ["Kustomization flux-system/after"],
    });
  });

  it("what is mended is Ready: none of these fails for another reason", () => {
    const fixed = fleet([namespace("nowhere"), lost, definition(size), widget("a", { size: 1 })], {
      wait: true,
      serviceAccountName: "",
    });
    expect(simulated(fixed).troubles).toEqual([]);
  });

  it("a circle of dependencies is one deadlock, with all that it holds up", () => {
    const { troubles } = simulated({
      "cluster/all.yaml": [unit("a", dependsOn("b")), unit("b", dependsOn("a")), unit("c", dependsOn("b"))],
      "a/a.yaml": [configMap("a")],
      "b/a.yaml": [configMap("b")],
      "c/a.yaml": [configMap("c")],
    });
    expect(troubles).toHaveLength(1);
    expect(troubles[0]).toMatchObject({ kind: "deadlock", stops: ["Kustomization flux-system/c"] });
    expect([...troubles[0]!.ids].sort()).toEqual([
      "Kustomization flux-system/a",
      "Kustomization flux-system/b",
    ]);
  });

  it("a Kustomization that waits for one which waits for it is a deadlock", () => {
    const { troubles } = simulated({
      "cluster/all.yaml": [unit("parent", { wait: true })],
      "parent/child.yaml": [unit("child", dependsOn("parent"))],
      "child/a.yaml": [configMap("a")],
    });
    expect(troubles).toHaveLength(1);
    expect(troubles[0]!.kind).toBe("deadlock");
    expect(troubles[0]!.ids).toHaveLength(2);
  });

  it("a definition whose Kustomization waits for that of its objects is never applied", () => {
    const { of } = simulated({
      "cluster/all.yaml": [unit("objects"), unit("definitions", dependsOn("objects"))],
      "objects/a.yaml": [widget("a")],
      "definitions/a.yaml": [definition()],
    });
    expect(of("objects").message).toContain("no matches for kind");
    expect(of("definitions").verdict).toBe("waiting");
  });

  it("what is suspended is a reason, and no trouble where nobody waits for it", () => {
    const { troubles } = simulated(fleet([configMap("a")], { suspend: true }));
    expect(troubles).toMatchObject([
      { ids: ["Kustomization flux-system/broken"], stops: ["Kustomization flux-system/after"] },
    ]);
    const alone = simulated({
      "cluster/all.yaml": [unit("a", { suspend: true })],
      "a/a.yaml": [configMap("a")],
    });
    expect(alone.of("a").verdict).toBe("suspended");
    expect(alone.troubles).toEqual([]);
  });

  it("what a Kustomization that fails would make is absent, and its reason is that Kustomization's", () => {
    const { of, troubles } = simulated(
      fleet([unit("inner"), lost], {}, { "inner/a.yaml": [configMap("inner")] }),
    );
    expect(of("inner")).toMatchObject({ verdict: "absent", blockedBy: ["Kustomization flux-system/broken"] });
    expect(troubles).toHaveLength(1);
  });
});

describe("values of Secrets", () => {
  it("are in no message, wherever they end up", () => {
    const secret = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "facts", namespace: "flux-system" },
      stringData: { password: "hunter2" },
    };
    const files = fleet(
      [deployment("a", { replicas: "${password}" })],
      { postBuild: { substituteFrom: [{ kind: "Secret", name: "facts" }] } },
      { "beside/a.yaml": [secret] },
    );
    const result = simulated(files);
    expect(result.of("broken").message).toContain("spec.replicas: is not valid");
    expect(JSON.stringify([result.outcomes, result.troubles])).not.toContain("hunter2");
    const own = simulated(fleet([{ ...secret, stringData: undefined, data: { password: "hunter2!" } }]));
    expect(own.of("broken").reason).toBe("ReconciliationFailed");
    expect(JSON.stringify(own.outcomes)).not.toContain("hunter2");
  });
});

describe("what becomes Ready after all", () => {
  it("definitions are applied before the objects of the same Kustomization", () => {
    const { of, troubles } = simulated(fleet([widget("a"), definition()]));
    expect(troubles).toEqual([]);
    expect(of("broken").applied).toEqual(
      expect.arrayContaining([
        "example.com/v1 Widget default/a",
        "apiextensions.k8s.io/v1 CustomResourceDefinition widgets.example.com",
      ]),
    );
  });

  it("objects are tried again until their definition, namespace or variables are there", () => {
    const { troubles, of } = simulated({
      "cluster/all.yaml": [
        unit("early", { postBuild: { substituteFrom: [{ kind: "ConfigMap", name: "facts" }] } }),
        unit("late"),
        unit("slow", { wait: true }),
        unit("latest", dependsOn("slow")),
      ],
      "early/a.yaml": [widget("a"), configMap("a", { zone: "${zone}" }, "apps")],
      "late/a.yaml": [definition(), namespace("apps")],
      "slow/a.yaml": [deployment("a")],
      "latest/a.yaml": [configMap("facts", { zone: "b" }, "flux-system")],
    });
    expect(troubles).toEqual([]);
    expect(of("early").readyAfter).toBeGreaterThan(of("latest").readyAfter!);
  });

  it("optional variables are taken up at the next reconciliation once they are there", () => {
    const { simulation } = simulated({
      "cluster/all.yaml": [
        unit("early", {
          postBuild: { substituteFrom: [{ kind: "ConfigMap", name: "facts", optional: true }] },
        }),
        unit("slow", { wait: true }),
        unit("late", dependsOn("slow")),
      ],
      "early/a.yaml": [configMap("a", { zone: "${zone:=nowhere}", other: "${other:=x}" })],
      "slow/a.yaml": [deployment("a")],
      "late/a.yaml": [configMap("facts", { zone: "b" }, "flux-system")],
    });
    expect(simulation.world.get("v1", "ConfigMap", "default", "a")!.object["data"]).toEqual({
      zone: "b",
      other: "x",
    });
  });

  it("an account that is bound needs not exist itself", () => {
    const binding = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { name: "a", namespace: "default" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "edit" },
      subjects: [{ kind: "ServiceAccount", name: "ghost", namespace: "flux-system" }],
    };
    const files = fleet([configMap("a")], { serviceAccountName: "ghost" });
    const bound = { ...files, "beside/a.yaml": [binding] };
    expect(simulated(bound).troubles).toEqual([]);
    // What `edit` does not hold is refused.
    const beyond = {
      ...bound,
      "broken/a.yaml": [{ ...binding, metadata: { name: "b", namespace: "default" } }],
    };
    expect(simulated(beyond).of("broken").message).toContain('cannot patch resource "rolebindings"');
  });

  it("what something outside of git makes can be told", () => {
    const files = fleet([lost], { postBuild: { substituteFrom: [{ kind: "ConfigMap", name: "facts" }] } });
    expect(simulated(files).troubles).toHaveLength(1);
    const given = ["ConfigMap flux-system/facts", "Namespace nowhere"];
    expect(simulated(files, { given }).troubles).toEqual([]);
  });

  it("an expression that decides alone passes over the built-in check", () => {
    const waits = (readyExpr: string) =>
      simulated({
        "cluster/all.yaml": [
          unit("a", { suspend: true }),
          unit("b", { dependsOn: [{ name: "a", readyExpr }] }),
        ],
        "a/a.yaml": [configMap("a")],
        "b/a.yaml": [configMap("b")],
      }).of("b");
    expect(waits("dep.metadata.name == 'a'").verdict).toBe("ready");
    expect(waits("dep.metadata.name == 'b'")).toMatchObject({
      verdict: "waiting",
      reason: "DependencyNotReady",
    });
    expect(waits("dep.(")).toMatchObject({ verdict: "failed", reason: "InvalidCELExpression" });
    // What nobody can evaluate here is no mistake, and waits for the dependency.
    expect(waits("dep.?status.hasValue()")).toMatchObject({
      verdict: "waiting",
      reason: "DependencyNotReady",
    });
  });
});

describe("releases", () => {
  it("without a source, into no namespace, or without values fail by themselves", () => {
    const [, noSource] = release("no-source");
    const { of } = simulated(
      fleet([
        noSource!,
        ...release("nowhere", { targetNamespace: "nowhere" }),
        ...release("made", { targetNamespace: "made", install: { createNamespace: true } }),
        ...release("valueless", { valuesFrom: [{ kind: "ConfigMap", name: "none" }] }),
        ...release("waiting", { dependsOn: [{ name: "nowhere" }] }),
      ]),
    );
    expect(of("HelmRelease default/no-source").reason).toBe("ArtifactFailed");
    expect(of("HelmRelease default/nowhere")).toMatchObject({ reason: "InstallFailed", verdict: "failed" });
    expect(of("HelmRelease default/made").verdict).toBe("ready");
    expect(of("HelmRelease default/valueless").reason).toBe("ValuesError");
    expect(of("HelmRelease default/waiting").verdict).toBe("waiting");
    // Nobody waits for them: that is what wait is for.
    expect(of("broken").verdict).toBe("ready");
  });

  it("bring the kinds that their charts are known for, once they are in", () => {
    const issuer = {
      apiVersion: "cert-manager.io/v1",
      kind: "ClusterIssuer",
      metadata: { name: "a" },
      spec: {},
    };
    const files = (charts: readonly Manifest[]): Files => ({
      "cluster/all.yaml": [unit("charts", { wait: true }), unit("objects", dependsOn("charts"))],
      "charts/a.yaml": charts,
      "objects/a.yaml": [issuer],
    });
    const known = simulated(files(release("cert-manager")));
    expect(known.troubles).toEqual([]);
    expect(known.simulation.knowledge.assumptions.map(({ about }) => about)).not.toContain(
      "cert-manager.io/v1 ClusterIssuer",
    );
    expect(simulated(files(release("kyverno"))).of("objects").message).toContain("no matches for kind");
    // Of a chart that nothing is known of, it is thought, and said so.
    const thought = simulated(files(release("our-charts")));
    expect(thought.troubles).toEqual([]);
    expect(thought.simulation.knowledge.assumptions.map(({ about }) => about)).toContain(
      "cert-manager.io/v1 ClusterIssuer",
    );
    expect(simulated(files([configMap("a")])).of("objects").message).toContain("no matches for kind");
  });
});

describe("what is not known here", () => {
  it("is taken to become Ready, with what may come out of it, and is said to be", () => {
    const { troubles, simulation } = simulated({
      "cluster/all.yaml": [
        {
          apiVersion: "source.toolkit.fluxcd.io/v1",
          kind: "OCIRepository",
          metadata: { name: "platform", namespace: "flux-system" },
          spec: { interval: "1m", url: "oci://example.com/platform" },
        },
        unit("platform", { sourceRef: { kind: "OCIRepository", name: "platform" } }),
        unit("apps", dependsOn("platform")),
      ],
      "apps/a.yaml": [lost],
    });
    expect(troubles).toEqual([]);
    const messages = simulation.knowledge.assumptions.map(({ message }) => message);
    expect(messages).toContain(
      "namespace nowhere comes with flux-system/platform, whose content is not known here",
    );
    expect(messages.some((message) => message.startsWith("what OCIRepository 'platform' has"))).toBe(true);
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { definedKind, isDefinition } from "../../../lib/teardown/kinds.ts";
import { type Edge, orderOf, reasons, sorted, withRanks } from "../../../lib/teardown/graph.ts";
import {
  groupKind,
  keyOf,
  type KubeObject,
  type ObjectKey,
  parseKey,
} from "../../../lib/teardown/objects.ts";
import { type Plan, planTeardown } from "../../../lib/teardown/plan.ts";
import { planOf } from "../../../lib/teardown/teardown.ts";
import { helmRelease, kustomization, makeScenario } from "./fake/scenario.ts";

/** A plan for a few objects that a test writes down. */
function planFor(...objects: readonly KubeObject[]): Plan {
  const definitions = objects
    .filter(({ kind }) => kind === "CustomResourceDefinition")
    .map((object) => definedKind(object)!);
  const all = new Map<ObjectKey, KubeObject>();
  for (const object of objects)
    all.set(keyOf(object), { ...object, metadata: { uid: `uid of ${keyOf(object)}`, ...object.metadata } });
  const kinds = new Map(
    objects.map((object) => {
      const { group, kind } = parseKey(keyOf(object));
      const plural = definitions.find((each) => each.group === group)?.plural ?? `${kind.toLowerCase()}s`;
      return [
        groupKind({ group, kind }),
        { group, version: "v1", kind, plural, namespaced: true, verbs: [] },
      ];
    }),
  );
  return planTeardown({ objects: all, kinds, unreadable: [] });
}

const named = (object: KubeObject, applier: KubeObject): KubeObject => {
  const prefix = applier.kind === "HelmRelease" ? "helm.toolkit.fluxcd.io" : "kustomize.toolkit.fluxcd.io";
  const { name, namespace } = applier.metadata;
  const labels = { ...object.metadata.labels, [`${prefix}/name`]: name, [`${prefix}/namespace`]: namespace! };
  return { ...object, metadata: { ...object.metadata, labels } };
};
const object = (
  apiVersion: string,
  kind: string,
  name: string,
  rest: object = {},
  namespace = "shop",
): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name, ...(namespace === "" ? {} : { namespace }) },
  ...rest,
});
const root = kustomization("flux-system", "flux-system", {
  sourceRef: { kind: "GitRepository", name: "flux-system" },
});
const source = object("source.toolkit.fluxcd.io/v1", "GitRepository", "flux-system", {}, "flux-system");

/** All steps that are over before one begins. */
function allBefore(plan: Plan, id: string): Set<string> {
  const byId = new Map(plan.steps.map((step) => [step.id, step]));
  const found = new Set<string>();
  const open = [...byId.get(id)!.after];
  for (let each = open.pop(); each !== undefined; each = open.pop())
    if (!found.has(each)) {
      found.add(each);
      open.push(...byId.get(each)!.after);
    }
  return found;
}
const stepOf = (plan: Plan, key: ObjectKey) =>
  plan.steps.find(({ objects, awaits, leftovers }) => [...objects, ...awaits, ...leftovers].includes(key))!;
const isBefore = (plan: Plan, first: ObjectKey, second: ObjectKey) =>
  allBefore(plan, stepOf(plan, second).id).has(stepOf(plan, first).id);

describe("a plan", () => {
  test("leaves what a bootstrap has made, and takes what the sync has applied", () => {
    const platform = named(kustomization("platform", "flux-system"), root);
    const variables = named(object("v1", "ConfigMap", "variables", {}, "flux-system"), root);
    const secret = object("v1", "Secret", "flux-system", {}, "flux-system");
    const plan = planFor(named(root, root), source, secret, platform, variables);
    expect([...plan.scope.going.keys()].sort()).toEqual([keyOf(variables), keyOf(platform)].sort());
    expect(plan.suspend).toEqual([[keyOf(root)], [keyOf(platform)]]);
  });

  test("takes a release's objects before its namespace, though one Kustomization holds both", () => {
    const platform = named(kustomization("platform", "flux-system"), root);
    const namespace = named(object("v1", "Namespace", "shop", {}, ""), platform);
    const release = named(helmRelease("web", "shop"), platform);
    const role = named(object("rbac.authorization.k8s.io/v1", "ClusterRole", "web", {}, ""), release);
    const plan = planFor(root, source, platform, namespace, release, role);
    expect(stepOf(plan, keyOf(role)).id).toBe(`applier:${keyOf(release)}`);
    expect(isBefore(plan, keyOf(release), keyOf(namespace))).toBe(true);
  });

  test("takes what acts in a ServiceAccount's name before the account and its rights", () => {
    const platform = named(kustomization("platform", "flux-system"), root);
    const app = kustomization("app", "shop", { serviceAccountName: "deployer" });
    const account = named(object("v1", "ServiceAccount", "deployer"), platform);
    const binding = named(
      object("rbac.authorization.k8s.io/v1", "RoleBinding", "deployer", {
        subjects: [{ kind: "ServiceAccount", name: "deployer", namespace: "shop" }],
        roleRef: { kind: "Role", name: "deployer" },
      }),
      platform,
    );
    const plan = planFor(root, source, platform, app, account, binding);
    expect(isBefore(plan, keyOf(app), keyOf(account))).toBe(true);
    expect(isBefore(plan, keyOf(app), keyOf(binding))).toBe(true);
  });

  test("takes objects of a kind before the release whose pods write their status, though another has the definition", () => {
    const definitions = helmRelease("kafka-definitions", "kafka");
    const operator = helmRelease("kafka", "kafka");
    const definition = named(
      object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "kafkas.kafka.example.com", {}, ""),
      definitions,
    );
    const deployment = named(
      object(
        "apps/v1",
        "Deployment",
        "operator",
        { spec: { template: { spec: { serviceAccountName: "operator" } } } },
        "kafka",
      ),
      operator,
    );
    const role = named(
      object(
        "rbac.authorization.k8s.io/v1",
        "ClusterRole",
        "operator",
        { rules: [{ apiGroups: ["kafka.example.com"], resources: ["kafkas/status"], verbs: ["patch"] }] },
        "",
      ),
      operator,
    );
    const binding = named(
      object(
        "rbac.authorization.k8s.io/v1",
        "ClusterRoleBinding",
        "operator",
        {
          subjects: [{ kind: "ServiceAccount", name: "operator", namespace: "kafka" }],
          roleRef: { kind: "ClusterRole", name: "operator" },
        },
        "",
      ),
      operator,
    );
    const byHand = object("kafka.example.com/v1", "Kafka", "orders");
    const plan = planFor(definitions, operator, definition, deployment, role, binding, byHand);
    expect(plan.scope.going.get(keyOf(byHand))).toBe("of a kind whose definition goes");
    expect(isBefore(plan, keyOf(byHand), keyOf(operator))).toBe(true);
    expect(isBefore(plan, keyOf(byHand), keyOf(definitions))).toBe(true);
    expect(plan.steps.at(-1)).toMatchObject({ part: "definitions", objects: [keyOf(definition)] });
  });

  test("takes volumes after the pods that mount them and before the driver that removes them", () => {
    const driver = helmRelease("csi", "kube-system");
    const app = helmRelease("db", "shop");
    const csi = named(object("storage.k8s.io/v1", "CSIDriver", "csi.example.com", {}, ""), driver);
    const storageClass = object(
      "storage.k8s.io/v1",
      "StorageClass",
      "fast",
      { provisioner: "csi.example.com" },
      "",
    );
    const claim = object("v1", "PersistentVolumeClaim", "data-db-0", { spec: { storageClassName: "fast" } });
    const volume = object(
      "v1",
      "PersistentVolume",
      "pv-1",
      {
        spec: { claimRef: { namespace: "shop", name: "data-db-0" }, persistentVolumeReclaimPolicy: "Delete" },
      },
      "",
    );
    const pod = named(
      object("v1", "Pod", "db-0", {
        spec: { volumes: [{ persistentVolumeClaim: { claimName: "data-db-0" } }] },
      }),
      app,
    );
    const plan = planFor(driver, app, csi, storageClass, claim, volume, pod);
    expect(isBefore(plan, keyOf(app), keyOf(claim))).toBe(true);
    expect(isBefore(plan, keyOf(claim), keyOf(driver))).toBe(true);
    expect(stepOf(plan, keyOf(claim)).awaits).toContain(keyOf(volume));
  });

  test("keeps a release that brings Flux itself, and what applies it", () => {
    const infrastructure = named(kustomization("infrastructure", "flux-system"), root);
    const operator = named(helmRelease("flux-operator", "flux-system"), infrastructure);
    const definition = named(
      object(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        "fluxinstances.fluxcd.controlplane.io",
        {},
        "",
      ),
      operator,
    );
    const deployment = named(object("apps/v1", "Deployment", "flux-operator", {}, "flux-system"), operator);
    const other = named(object("v1", "ConfigMap", "settings", {}, "flux-system"), infrastructure);
    const plan = planFor(root, source, infrastructure, operator, definition, deployment, other);
    expect([...plan.scope.going.keys()]).toEqual([keyOf(other)]);
    expect([...plan.scope.kept].sort()).toEqual([keyOf(root), keyOf(infrastructure), keyOf(operator)].sort());
  });

  test("deletes directly what a Kustomization would not prune, its namespace last", () => {
    const app = kustomization("app", "flux-system", { prune: false });
    const namespace = named(object("v1", "Namespace", "shop", {}, ""), app);
    const settings = named(object("v1", "ConfigMap", "settings"), app);
    const plan = planFor(root, source, app, namespace, settings);
    expect(stepOf(plan, keyOf(settings)).part).toBe("direct");
    expect(isBefore(plan, keyOf(settings), keyOf(namespace))).toBe(true);
    expect(isBefore(plan, keyOf(namespace), keyOf(app))).toBe(true);
  });

  test("never suspends what is on its way out: it would leave everything behind", () => {
    const going = { ...kustomization("app", "shop") };
    const deleted = { ...going, metadata: { ...going.metadata, deletionTimestamp: "2026-11-21T12:00:00Z" } };
    expect(planFor(root, source, deleted).suspend.flat()).toEqual([keyOf(root)]);
  });

  test("ends where dependencies contradict one another, and says so", () => {
    const first = kustomization("first", "shop", { dependsOn: [{ name: "second" }] });
    const second = kustomization("second", "shop", { dependsOn: [{ name: "first" }] });
    const plan = planFor(first, second);
    expect(plan.steps).toHaveLength(2);
    expect(plan.contradictions).toMatchObject([{ reason: "dependency" }]);
  });
});

describe("every plan of a fleet", () => {
  test("has each object that goes in a step of its own place, and every order that must hold", async () => {
    for (let seed = 1; seed <= 25; seed++) {
      const scenario = await makeScenario({ seed, apps: 1 + (seed % 5), labelled: seed % 2 === 0 });
      const plan = await scenario.clock.run(planOf(scenario.cluster.api(), { clock: scenario.clock }));
      const { going } = plan.scope;
      for (const key of scenario.bootstrap) expect(going.has(key)).toBe(false);
      const stepped = plan.steps.flatMap(({ objects, leftovers }) => [...objects, ...leftovers]);
      expect(new Set(stepped).size).toBe(stepped.length);
      const seen = new Set<string>();
      for (const step of plan.steps) {
        for (const id of step.after) expect(seen.has(id)).toBe(true);
        seen.add(step.id);
      }
      for (const { key, object, dependsOn } of plan.ownership.appliers.values())
        if (object !== undefined && going.has(key))
          for (const other of dependsOn) if (going.has(other)) expect(isBefore(plan, key, other)).toBe(true);
      for (const key of going.keys()) {
        if (!key.startsWith("widgets")) continue;
        const index = parseKey(key).kind.at(-1);
        expect(
          isBefore(plan, key, `helm.toolkit.fluxcd.io/HelmRelease/operator-${index}/operator-${index}`),
        ).toBe(true);
        expect(
          isBefore(
            plan,
            key,
            [...going.keys()].find((each) => isDefinition(each) && each.includes(`widget${index}s`))!,
          ),
        ).toBe(true);
      }
    }
  });
});

describe("an order", () => {
  const units = fc
    .array(fc.stringMatching(/^[a-h]$/), { minLength: 1, maxLength: 8 })
    .map((all) => [...new Set(all)]);
  const anyEdges = fc.array(
    fc.record({
      before: fc.stringMatching(/^[a-h]$/),
      after: fc.stringMatching(/^[a-h]$/),
      reason: fc.constantFrom(...reasons),
    }),
    { maxLength: 25 },
  );

  test("can always be followed, and drops no more than contradicts it", () => {
    fc.assert(
      fc.property(units, anyEdges, (all, edges: Edge[]) => {
        const { before, dropped } = orderOf(all, edges);
        expect(sorted(before)).toHaveLength(all.length);
        for (const edge of edges) {
          if (edge.before === edge.after || !all.includes(edge.before) || !all.includes(edge.after)) continue;
          expect(before.get(edge.after)!.has(edge.before) || dropped.includes(edge)).toBe(true);
        }
        // Each that was dropped would close a circle.
        for (const edge of dropped) {
          const with_ = new Map([...before].map(([unit, set]) => [unit, new Set(set)]));
          with_.get(edge.after)!.add(edge.before);
          expect(sorted(with_).length).toBeLessThan(all.length);
        }
      }),
    );
  });

  test("puts lower ranks first wherever they do not wait for higher ones", () => {
    fc.assert(
      fc.property(
        units,
        anyEdges,
        fc.array(fc.nat(2), { minLength: 8, maxLength: 8 }),
        (all, edges: Edge[], ranks) => {
          const { before } = orderOf(all, edges);
          const rankOf = (unit: string) => ranks[unit.charCodeAt(0) - 97]!;
          const ranked = withRanks(
            before,
            (unit) => (unit.startsWith("meeting") ? undefined : rankOf(unit)),
            (index) => `meeting:${index}`,
          );
          expect(sorted(ranked)).toHaveLength(ranked.size);
          const above = (unit: string, of: typeof ranked, found = new Set<string>()): Set<string> => {
            for (const each of of.get(unit) ?? [])
              if (!found.has(each)) {
                found.add(each);
                above(each, of, found);
              }
            return found;
          };
          for (const high of all)
            for (const low of all)
              if (rankOf(low) < rankOf(high))
                expect(
                  above(high, ranked).has(low) || above(low, ranked).has(high) || waitsForHigher(low),
                ).toBe(true);
          function waitsForHigher(low: string): boolean {
            return [...above(low, ranked)].some(
              (each) => !each.startsWith("meeting") && rankOf(each) > rankOf(low),
            );
          }
        },
      ),
    );
  });
});

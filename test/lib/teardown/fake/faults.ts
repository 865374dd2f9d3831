import { ApiError, type ClusterApi } from "../../../../lib/teardown/cluster-api.ts";
import type { KubeObject, ObjectKey } from "../../../../lib/teardown/objects.ts";
import type { Random } from "./random.ts";
import { kustomization, type Scenario } from "./scenario.ts";

/** What goes wrong in a run. */
export interface Fault {
  readonly name: string;
  /** Whether it lasts, so that an honest report is the best that can be. */
  readonly lasting: boolean;
  /** What changes in the cluster before the teardown. */
  readonly prepare?: (scenario: Scenario, random: Random) => void;
  /** What changes in the answers of the API. */
  readonly api?: (api: ClusterApi, scenario: Scenario, random: Random) => ClusterApi;
  /** Ends what lasts. */
  readonly mend?: (scenario: Scenario) => void;
  /** Whether things are made that nobody is known to have made. */
  readonly strangers?: boolean;
  /** Whether the process is killed, and the teardown started again. */
  readonly kills?: boolean;
}

const methods = ["kinds", "list", "get", "patch", "delete", "create", "may"] as const;

/** An API with something before each request. */
export function wrapped(
  api: ClusterApi,
  before: (method: (typeof methods)[number]) => Promise<void>,
): ClusterApi {
  const result: Record<string, unknown> = { server: api.server };
  for (const method of methods)
    result[method] = async (...args: unknown[]) => {
      await before(method);
      return (api[method] as (...args: unknown[]) => Promise<unknown>)(...args);
    };
  return result as unknown as ClusterApi;
}

const never = new Promise<never>(() => undefined);

/** All faults that a teardown has to survive. */
export const faults: readonly Fault[] = [
  { name: "nothing", lasting: false },
  {
    name: "errors of the API server",
    lasting: false,
    api: (api, _, random) =>
      wrapped(api, () => {
        if (random.chance(0.15)) throw new ApiError(random.pick([0, 429, 500, 503]), "try again");
        return Promise.resolve();
      }),
  },
  {
    name: "conflicts",
    lasting: false,
    // Somebody changes every applier all the time.
    prepare: ({ cluster, clock, kustomizations }, random) => {
      const change = () => {
        for (const key of random.some(kustomizations, 0.5))
          if (cluster.objects.has(key))
            cluster.patch(key, { metadata: { annotations: { touched: String(clock.now()) } } });
        if (clock.now() < 240_000) clock.at(35, change);
      };
      clock.at(0, change);
    },
  },
  {
    name: "a controller that is away for a while",
    lasting: false,
    prepare: ({ controllers, clock }, random) => {
      const name = random.pick(["kustomize", "helm", "Widget0", "Widget1", "Service"]);
      clock.at(random.below(4000), () => controllers.switches.down.add(name));
      clock.at(20_000 + random.below(20_000), () => controllers.switches.down.delete(name));
    },
  },
  {
    name: "a controller that has gone for good",
    lasting: true,
    prepare: ({ controllers }, random) =>
      void controllers.switches.down.add(random.pick(["kustomize", "helm", "Widget0"])),
    mend: ({ controllers }) => controllers.switches.down.clear(),
  },
  {
    name: "a finalizer that is stuck",
    lasting: true,
    prepare: ({ controllers, cluster, customObjects }, random) => {
      const held = customObjects.filter((key) => cluster.objects.get(key)!.metadata.finalizers !== undefined);
      controllers.switches.stuck.add(random.pick(held.length > 0 ? held : customObjects));
    },
    mend: ({ controllers }) => controllers.switches.stuck.clear(),
  },
  {
    name: "something suspended beforehand",
    lasting: false,
    prepare: ({ cluster, kustomizations, helmReleases }, random) => {
      for (const key of random.some([...kustomizations, ...helmReleases], 0.4))
        cluster.patch(key, { spec: { suspend: true } });
    },
  },
  {
    name: "a missing ServiceAccount",
    lasting: false,
    prepare: ({ cluster, controllers }) => {
      forget(controllers.manifests, "/ServiceAccount/apps/apps");
      cluster.delete("/ServiceAccount/apps/apps");
    },
  },
  {
    name: "an object that its parent makes again",
    lasting: false,
    // A parent outside Flux's sight, which nobody suspends, until it is told to stop.
    prepare: ({ cluster, clock, customObjects, kustomizations }, random) => {
      const keys = [...random.some(customObjects, 0.3), random.pick(kustomizations)];
      const made = keys.map((key) => structuredClone(cluster.objects.get(key)!));
      const makeAgain = () => {
        for (const { apiVersion, kind, metadata, spec } of made)
          try {
            const { name, namespace, labels } = metadata;
            cluster.create({
              apiVersion,
              kind,
              metadata: {
                name,
                ...(namespace === undefined ? {} : { namespace }),
                ...(labels === undefined ? {} : { labels }),
              },
              spec,
            });
          } catch {
            // Its namespace or its kind has gone.
          }
        if (clock.now() < until) clock.at(700, makeAgain);
      };
      const until = clock.now() + 8000;
      clock.at(0, makeAgain);
    },
  },
  {
    name: "things that nobody applied",
    lasting: false,
    strangers: true,
    prepare: ({ cluster, customObjects }, random) => {
      const { apiVersion, kind } = cluster.objects.get(random.pick(customObjects))!;
      cluster.create({ apiVersion, kind, metadata: { name: "by-hand", namespace: "default" } });
      cluster.create({
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "by-hand", namespace: "default" },
        spec: { type: "LoadBalancer" },
      });
      cluster.create({
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name: "by-hand", namespace: "default" },
        spec: { storageClassName: "general" },
      });
    },
  },
  {
    name: "a Kustomization that does not prune, and one deleted asleep",
    lasting: false,
    prepare: ({ cluster, kustomizations }, random) => {
      const [first, second] = random.some(kustomizations, 1).sort(() => random.next() - 0.5);
      cluster.patch(first!, { spec: { prune: false } });
      cluster.patch("kustomize.toolkit.fluxcd.io/Kustomization/flux-system/flux-system", {
        spec: { suspend: true },
      });
      for (const key of kustomizations) cluster.patch(key, { spec: { suspend: true } });
      cluster.delete(second!);
    },
  },
  {
    name: "a slow API server",
    lasting: false,
    api: (api, { clock }, random) => wrapped(api, () => clock.sleep(random.below(800))),
  },
  {
    name: "the process is killed",
    lasting: false,
    kills: true,
    api: (api, _, random) => {
      let left = 10 + random.below(400);
      return wrapped(api, () => (left-- > 0 ? Promise.resolve() : never));
    },
  },
  {
    name: "the process is killed while the API server makes errors",
    lasting: false,
    kills: true,
    api: (api, _, random) => {
      let left = 10 + random.below(400);
      return wrapped(api, () => {
        if (left-- <= 0) return never;
        if (random.chance(0.1)) throw new ApiError(500, "try again");
        return Promise.resolve();
      });
    },
  },
  {
    name: "a dependency that contradicts the tree",
    lasting: false,
    prepare: ({ cluster }) => {
      // What serves everybody says that it depends on an app: it cannot be, and must not hang.
      const key: ObjectKey = "kustomize.toolkit.fluxcd.io/Kustomization/flux-system/platform-services";
      cluster.patch(key, { spec: { dependsOn: [{ name: "apps" }] } });
      cluster.create(kustomization("lonely", "flux-system", { dependsOn: [{ name: "nobody" }] }));
    },
  },
];

function forget(manifests: Map<ObjectKey, readonly KubeObject[]>, key: ObjectKey): void {
  const [, kind, , name] = key.split("/");
  for (const [applier, content] of manifests)
    manifests.set(
      applier,
      content.filter((object) => object.kind !== kind || object.metadata.name !== name),
    );
}

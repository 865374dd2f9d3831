import { type EffectiveCluster, objectsOf } from "../effective/cluster.ts";
import { releaseNamespace } from "../effective/order.ts";
import { isContent } from "../effective/source.ts";
import type { EffectiveObject, Unit } from "../effective/unit.ts";
import type { Cluster } from "../fleet/cluster.ts";
import { type KubernetesVersion, kubernetesVersions, type Schema } from "../flux/schema-files.ts";
import { describeManifest } from "../flux/object-name.ts";
import { isNamespaced } from "../flux/schema.ts";
import type { Finding } from "./rule.ts";

type Json = Readonly<Record<string, unknown>>;

/** A kind that a CustomResourceDefinition defines. */
export interface CustomKind {
  readonly schema: Schema | undefined;
  readonly namespaced: boolean;
  /** The object that defines it; undefined where a given folder does. */
  readonly definition: EffectiveObject | undefined;
  readonly served: boolean;
}

/** What is known of a cluster beside its manifests. */
export interface ClusterKnowledge {
  /** What its definition says, where there is one. */
  readonly definition?: Cluster | undefined;
  /** Its version of Kubernetes, such as `1.35`, where no definition says. */
  readonly kubernetes?: string | undefined;
  /** Custom kinds that are described outside of it, by `group/version Kind`. */
  readonly kinds?: ReadonlyMap<string, CustomKind>;
}

/** A cluster as rules see it. */
export class CheckedCluster {
  readonly name: string;
  readonly effective: EffectiveCluster;
  readonly objects: readonly EffectiveObject[];
  /** The minor version that schemas exist of, nearest to the cluster's. */
  readonly kubernetes: KubernetesVersion;
  /** The minor version of the cluster's Kubernetes: 35. */
  readonly minor: number;
  /** Whether something says which version that is. */
  readonly hasVersion: boolean;
  /** What its definition says, where there is one. */
  readonly definition: Cluster | undefined;
  /** Custom kinds by `group/version Kind`. */
  readonly kinds: ReadonlyMap<string, CustomKind>;
  /**
   * Whether all that Flux applies is known. Where it is not, what seems to be missing may well be in what is not
   * known, so rules pass over it, and the check says so.
   */
  readonly isWhole: boolean;
  /** The objects of each kind, by `group/version Kind`. */
  readonly byApi: ReadonlyMap<string, readonly EffectiveObject[]>;
  readonly #byId = new Map<string, EffectiveObject>();
  #namespaces: Set<string> | undefined;

  constructor(
    effective: EffectiveCluster,
    { definition, kubernetes, kinds: given = new Map<string, CustomKind>() }: ClusterKnowledge = {},
  ) {
    this.name = effective.root.name;
    this.effective = effective;
    const version = definition?.versions.kubernetes ?? kubernetes;
    this.kubernetes = nearestKubernetes(version);
    this.hasVersion = version !== undefined;
    this.minor = minorOf(version ?? this.kubernetes);
    this.definition = definition;
    this.objects = objectsOf(effective);
    this.isWhole = [...effective.units.values()].every(isKnown);
    const byApi = new Map<string, EffectiveObject[]>();
    for (const object of this.objects) {
      const { api, id } = identityOf(object.object);
      const list = byApi.get(api);
      if (list === undefined) byApi.set(api, [object]);
      else list.push(object);
      if (!this.#byId.has(id)) this.#byId.set(id, object);
    }
    this.byApi = byApi;
    const kinds = new Map(given);
    for (const object of this.ofKind("CustomResourceDefinition"))
      for (const [key, custom] of customKinds(object.object, object)) kinds.set(key, custom);
    this.kinds = kinds;
  }

  /** Objects of a kind, whatever its group. */
  ofKind(...kinds: readonly string[]): readonly EffectiveObject[] {
    const found: EffectiveObject[] = [];
    for (const [api, objects] of this.byApi)
      if (kinds.includes(api.slice(api.indexOf(" ") + 1))) found.push(...objects);
    return found;
  }

  /** Whether an object is there. */
  has(kind: string, namespace: string, name: string): boolean {
    return this.#byId.has(`${kind} ${namespace}/${name}`);
  }

  unitOf(object: EffectiveObject): Unit {
    return this.effective.units.get(object.unit)!;
  }

  /** The object that makes a Kustomization; undefined for the root, which need not be in git. */
  objectOf({ definition }: Unit): EffectiveObject | undefined {
    return this.#byId.get(`Kustomization ${definition.namespace}/${definition.name}`);
  }

  /** Namespaces that something makes, or that every cluster has. */
  get namespaces(): ReadonlySet<string> {
    if (this.#namespaces === undefined) {
      const names = ["default", "kube-system", "kube-public", "kube-node-lease", "flux-system"];
      for (const object of this.ofKind("Namespace")) names.push(metadataOf(object).name);
      for (const { object } of this.ofKind("HelmRelease"))
        if (
          ((object["spec"] as Json | undefined)?.["install"] as Json | undefined)?.["createNamespace"] ===
          true
        )
          names.push(releaseNamespace(object));
      this.#namespaces = new Set(names);
    }
    return this.#namespaces;
  }

  /**
   * Whether objects of a kind live in a namespace; undefined where the kind is not known.
   * @param api `group/version Kind`
   */
  isNamespaced(api: string): boolean | undefined {
    const [apiVersion, kind] = partsOf(api);
    return this.kinds.get(api)?.namespaced ?? isNamespaced(apiVersion, kind, this.kubernetes);
  }

  /** Whether the object belongs to an app, not to a bundle or to Flux itself: it runs what the fleet is there for. */
  isOfApp(object: EffectiveObject): boolean {
    const { definition, content } = this.unitOf(object);
    return (
      definition.namespace !== "flux-system" || ("tree" in content && /(^|\/)apps(\/|$)/.test(object.file))
    );
  }
}

/** Whether all that a Kustomization applies is known. */
function isKnown(unit: Unit): boolean {
  const { error, unsupported } = unit.result();
  return isContent(unit.content) && error === undefined && unsupported.length === 0;
}

/** The clusters of a fleet, as rules see them. */
export interface CheckedFleet {
  readonly clusters: readonly CheckedCluster[];
  /** What clusters themselves said of the objects, where they were asked. */
  readonly live?: readonly Finding[];
}

export interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export const metadataOf = ({ object }: EffectiveObject): Metadata => object["metadata"] as Metadata;
export const specOf = ({ object }: EffectiveObject): Json => (object["spec"] ?? {}) as Json;

/** `group/version Kind` as its two parts. */
export function partsOf(api: string): [apiVersion: string, kind: string] {
  const space = api.indexOf(" ");
  return [api.slice(0, space), api.slice(space + 1)];
}

/** `Deployment apps/web`. */
export const nameOf = ({ object }: EffectiveObject): string => describeManifest(object);

interface Identity {
  /** `group/version Kind`. */
  readonly api: string;
  /** `Kind namespace/name`. */
  readonly id: string;
}

const identities = new WeakMap<Json, Identity>();

/** Clusters share objects, and so what they are called. */
function identityOf(object: Json): Identity {
  let identity = identities.get(object);
  if (identity === undefined) {
    const { apiVersion, kind, metadata } = object as { apiVersion: string; kind: string; metadata: Metadata };
    identity = { api: `${apiVersion} ${kind}`, id: `${kind} ${metadata.namespace ?? ""}/${metadata.name}` };
    identities.set(object, identity);
  }
  return identity;
}

/** The kinds that a CustomResourceDefinition defines, by `group/version Kind`. */
export function customKinds(definition: Json, object?: EffectiveObject): [string, CustomKind][] {
  const spec = (definition["spec"] ?? {}) as Json;
  const { kind } = (spec["names"] ?? {}) as { kind?: string };
  const versions = (spec["versions"] ?? []) as readonly {
    name: string;
    served?: boolean;
    schema?: { openAPIV3Schema?: Schema };
  }[];
  return versions.map(({ name, served = true, schema }) => [
    `${String(spec["group"])}/${name} ${kind}`,
    { schema: schema?.openAPIV3Schema, namespaced: spec["scope"] !== "Cluster", definition: object, served },
  ]);
}

const minorOf = (version: string): number => Number(version.replace(/^v/, "").split(".")[1]);

/** The version that there are schemas of, nearest to a cluster's own. */
export function nearestKubernetes(version: string | undefined): KubernetesVersion {
  if (version === undefined) return kubernetesVersions[0];
  const distance = (known: string) => Math.abs(minorOf(known) - minorOf(version));
  return [...kubernetesVersions].sort((a, b) => distance(a) - distance(b))[0]!;
}

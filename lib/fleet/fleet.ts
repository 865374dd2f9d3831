import type { Construct } from "constructs";
import type { ChangeRequests } from "./change-requests.ts";
import type { CheckSettings } from "./check-settings.ts";
import type { ClusterSpec, Identity, Patch } from "./cluster.ts";
import type { EnvironmentType } from "./environment-types.ts";
import type { Mirror } from "./mirror.ts";
import { type Place, placeOf, rememberPlace } from "./place.ts";
import type { PromotionSettings } from "./promotion.ts";
import type { Provider } from "./providers.ts";
import type { Given, Variables } from "./variables.ts";
import type { Verification } from "./verification.ts";

/** A bundle, as a fleet knows it: the class of its construct, with its variables and options declared on it. */
export interface BundleClass<
  V extends Variables = Variables,
  O extends readonly string[] = readonly string[],
> {
  readonly variables: V;
  readonly options: O;
  new (scope: Construct, id: string): Construct;
}

/** Where the fleet's manifests are in git, as the clusters see it. */
export interface Repository {
  /** Such as `https://git.example.com/platform/fleet.git` or `ssh://git@…`. */
  readonly url: string;
  /** The branch that clusters follow. @default main */
  readonly branch?: string;
  /** The Secret in flux-system with the credentials. @default none: the repository is public */
  readonly secret?: string;
  /** `github`: the credentials are a GitHub App's. @default what is in the Secret is used as it is */
  readonly provider?: "github";
}

/** Where the releases of the bundles are: `<url>/<bundle>:X.Y.Z`. */
export interface Artifacts {
  /** Such as `oci://registry.example.com/fleet`. */
  readonly url: string;
  /** The Secret in flux-system with the registry's credentials. @default none */
  readonly secret?: string;
  /** Plain HTTP, for a registry on the same machine. @default false */
  readonly insecure?: boolean;
  /**
   * The repository that the releases are made in, where it is another: bundles are then not synthesised here, and
   * clusters cannot track a branch of them. @default the fleet's own
   */
  readonly repository?: string;
  /** Whose signature a release needs. @default signatures are not verified */
  readonly verify?: Verification;
}

/** How Flux writes newer images to git, for apps that ask for it. */
export interface ImageUpdateSettings {
  /** The Secret in flux-system with credentials that may push. @default those that the cluster's folder is read with */
  readonly secret?: string;
  /** Whose commits they are. @default Flux, of an address that is nobody's */
  readonly author?: { readonly name: string; readonly email: string };
}

/** What a fleet is made of. */
export interface FleetOptions<P extends BundleClass, B extends Readonly<Record<string, BundleClass>>> {
  readonly name: string;
  readonly repository: Repository;
  readonly artifacts: Artifacts;
  /** The platform: the bundle that every cluster has. */
  readonly platform: P;
  /** Further bundles, by name, which clusters may have. */
  readonly bundles?: B;
  /** The environment types, by name: what `sluice cluster add --type` knows. */
  readonly types: Readonly<Record<string, EnvironmentType>>;
  /** The size of a sandbox that does not keep its source's. @default its source's */
  readonly sandbox?: EnvironmentType;
  /** Charts and images are pulled through this registry. @default from where they are published */
  readonly mirror?: Mirror;
  /** The stages that a version goes through. @default none: nothing is promoted to a protected cluster without a reason */
  readonly promotion?: PromotionSettings;
  /** Severities and exceptions of `sluice check`. @default every rule as it is */
  readonly check?: CheckSettings;
  /** How Flux writes newer images to git, for apps that ask for it. */
  readonly imageUpdates?: ImageUpdateSettings;
  /** Where a change that reaches a protected cluster gets its approval. @default nowhere: `sluice gate` lets none pass */
  readonly changeRequests?: ChangeRequests;
}

/** A fleet as the library sees it, its types forgotten. */
export type Fleet = FleetOptions<BundleClass, Readonly<Record<string, BundleClass>>>;

declare const reason: unique symbol;
/** A name that does not belong where it stands. The compiler's message shows the name and what it is not. */
export interface Unknown<Name, What> {
  readonly [reason]: [Name, What];
}
/** Refuses keys of G that A does not have: TypeScript checks no surplus keys on what a callback returns. */
type NoOther<G, A, What> = [Exclude<keyof G, keyof A>] extends [never]
  ? unknown
  : { readonly [K in Exclude<keyof G, keyof A>]: Unknown<K, What> };

/** What a cluster says about one of its bundles. */
export interface BundleUse<P extends BundleClass> {
  /** Values of the bundle's variables. */
  readonly variables: Given<P["variables"]>;
  /** The options that the cluster opts into. */
  readonly options?: readonly P["options"][number][];
  /** Patches for this cluster alone, by the layer whose objects they change. */
  readonly patches?: Readonly<Record<string, readonly Patch[]>>;
}

/** What a cluster of the fleet is. */
export interface SpecOf<P extends BundleClass, B extends Readonly<Record<string, BundleClass>>> extends Omit<
  ClusterSpec,
  "platform" | "bundles"
> {
  readonly type: EnvironmentType;
  readonly provider: Provider;
  readonly platform: BundleUse<P>;
  readonly bundles?: { readonly [Name in keyof B]?: BundleUse<B[Name]> };
}

/** Refuses every name that the spec `S` has and a cluster of the fleet has not. */
type Exact<S, P extends BundleClass, B extends Readonly<Record<string, BundleClass>>> = NoOther<
  S,
  SpecOf<P, B>,
  "not part of a cluster"
> & {
  readonly platform: (S extends { platform: infer U }
    ? NoOther<U, BundleUse<P>, "not part of what a cluster says about a bundle">
    : unknown) & {
    readonly variables: S extends { platform: { variables: infer G } }
      ? NoOther<G, Given<P["variables"]>, "not a variable of the platform">
      : unknown;
  };
} & (S extends { bundles: infer U }
    ? {
        readonly bundles: NoOther<U, B, "not a bundle of the fleet"> & {
          readonly [N in keyof U & keyof B]: U[N] extends { variables: infer G }
            ? { readonly variables: NoOther<G, Given<B[N]["variables"]>, "not a variable of the bundle"> }
            : unknown;
        };
      }
    : unknown);

/** A cluster's definition: the default export of its cluster.ts. */
export interface ClusterDefinition {
  readonly sluice: "cluster";
  readonly fleet: Fleet;
  /** Where it is defined. */
  readonly place: Place | undefined;
  readonly spec: (identity: Identity) => ClusterSpec;
}

/** Many clusters of one shape: the default export of a clusters.ts. */
export interface ClusterTable {
  readonly sluice: "clusters";
  readonly fleet: Fleet;
  readonly place: Place | undefined;
  /** The names of the clusters, in the table's order. */
  readonly names: readonly string[];
  /**
   * The definition of one of them, also for a cluster.ts of its own.
   * @throws Error if the table has no such row
   */
  member(name: string): ClusterDefinition;
}

/** What the fleet's cluster.ts files define their clusters with. */
export interface FleetDefinition<P extends BundleClass, B extends Readonly<Record<string, BundleClass>>> {
  readonly fleet: Fleet;
  /** Defines one cluster as a function of its identity, so that a copy of the file is a valid other cluster. */
  readonly defineCluster: <S extends SpecOf<P, B>>(
    cluster: (identity: Identity) => S & Exact<S, P, B>,
  ) => ClusterDefinition;
  /** Defines a cluster for each row of a table, whose `name` is the cluster's. */
  readonly defineClusters: <R extends { readonly name: string }, S extends SpecOf<P, B>>(
    rows: readonly R[],
    cluster: (identity: Identity & { readonly row: R }) => S & Exact<S, P, B>,
  ) => ClusterTable;
}

/** Defines a fleet. `clusters/fleet.ts` exports it, and what it returns types every cluster.ts. */
export function defineFleet<
  P extends BundleClass,
  B extends Readonly<Record<string, BundleClass>> = Readonly<Record<never, never>>,
>(options: FleetOptions<P, B>): FleetDefinition<P, B> {
  const fleet = options as unknown as Fleet;
  const defineCluster: FleetDefinition<P, B>["defineCluster"] = (cluster) => {
    const spec = cluster as unknown as (identity: Identity) => ClusterSpec;
    return madeHere({ sluice: "cluster", fleet, place: undefined, spec }, defineCluster);
  };
  const defineClusters: FleetDefinition<P, B>["defineClusters"] = (rows, cluster) => {
    const byName = new Map(rows.map((row) => [row.name, row]));
    const spec = cluster as unknown as (identity: Identity & { row: unknown }) => ClusterSpec;
    const table: ClusterTable = {
      sluice: "clusters",
      fleet,
      place: undefined,
      names: rows.map(({ name }) => name),
      member(name) {
        const row = byName.get(name);
        if (row === undefined) throw new Error(`the table of ${byName.size} clusters has no '${name}'`);
        return {
          sluice: "cluster",
          fleet,
          place: table.place,
          spec: (identity) => spec({ ...identity, row }),
        };
      },
    };
    return madeHere(table, defineClusters);
  };
  return { fleet, defineCluster, defineClusters };
}

function madeHere<T extends { readonly place: Place | undefined }>(
  definition: T,
  caller: (...args: never[]) => unknown,
): T {
  rememberPlace(definition, caller);
  return Object.defineProperty(definition, "place", { get: () => placeOf(definition) });
}

import type { Construct } from "constructs";
import { sandboxType, type EnvironmentType } from "./environment-types.ts";
import type { BundleClass, ClusterDefinition, Fleet } from "./fleet.ts";
import { clusterNameProblem, externalName } from "./names.ts";
import type { Provider } from "./providers.ts";
import type { Sandbox } from "./sandbox.ts";
import { suggestion } from "./suggestion.ts";
import { describeTrack, type Track } from "./tracks.ts";
import type { Problem } from "./user-error.ts";
import { valueProblems, type Values } from "./variables.ts";
import type { Versions } from "./versions.ts";

/** What a cluster may be a function of. */
export interface Identity {
  /** The cluster's name: its folder's, its stack's. */
  readonly name: string;
  /** The name of an external resource of the cluster, for a purpose. See {@link externalName}. */
  readonly externalName: (purpose: string) => string;
}

/** A change to objects of a bundle, for one cluster alone: as in a Flux Kustomization's `spec.patches`. */
export interface Patch {
  /** The objects to change. @default the one that the patch names */
  readonly target?: {
    readonly group?: string;
    readonly version?: string;
    readonly kind?: string;
    readonly name?: string;
    readonly namespace?: string;
    readonly labelSelector?: string;
    readonly annotationSelector?: string;
  };
  /** A strategic merge patch as an object or YAML, or a JSON patch as a list. */
  readonly patch: string | Readonly<Record<string, unknown>> | readonly Readonly<Record<string, unknown>>[];
}

/** What a cluster's definition returns, its types forgotten. */
export interface ClusterSpec {
  /** The environment type. */
  readonly type: EnvironmentType;
  /** Where the cluster runs. */
  readonly provider: Provider;
  readonly platform: UntypedUse;
  /** Further bundles, by name. */
  readonly bundles?: Readonly<Record<string, UntypedUse | undefined>>;
  /** Makes the cluster's apps: each direct child of `apps` is one. */
  readonly apps?: (apps: Construct) => void;
  /** Who owns the sync of the cluster's folder: flux-operator's FluxInstance, a sync.yaml in git, or the files that `flux bootstrap` committed. @default operator */
  readonly flux?: "operator" | "sync" | "bootstrap";
  /** The Secret in flux-system with the keys that open the SOPS files in the cluster's folder `secrets`. @default none */
  readonly decryption?: { readonly secret: string };
}

interface UntypedUse {
  readonly variables: Readonly<Record<string, unknown>>;
  readonly options?: readonly string[];
  readonly patches?: Readonly<Record<string, readonly Patch[]>>;
}

/** A bundle of one cluster. */
export interface ClusterBundle {
  readonly name: string;
  readonly class: BundleClass;
  readonly variables: Values;
  readonly options: readonly string[];
  readonly patches: Readonly<Record<string, readonly Patch[]>>;
  readonly track: Track;
}

/** One cluster of the fleet, checked and with its sandbox.yaml taken into account. Plain, immutable data. */
export interface Cluster {
  readonly name: string;
  /** Its folder below `clusters/`, with `/`: of the table, where it is a row of one. */
  readonly folder: string;
  readonly fleet: Fleet;
  /** The environment type; a sandbox's where it is one. */
  readonly type: EnvironmentType;
  readonly provider: Provider;
  /** The branch of the fleet's repository that the cluster's own folder is synced from. */
  readonly branch: string;
  /** The platform first, then the others by name. */
  readonly bundles: readonly ClusterBundle[];
  readonly apps: ((apps: Construct) => void) | undefined;
  readonly flux: "operator" | "sync" | "bootstrap";
  readonly decryption: { readonly secret: string } | undefined;
  readonly versions: Versions;
  readonly sandbox: Sandbox | undefined;
}

/** What a cluster is made of. */
export interface ClusterParts {
  readonly name: string;
  readonly folder: string;
  readonly definition: ClusterDefinition;
  readonly versions: Versions;
  readonly sandbox?: Sandbox | undefined;
  /** Where to point a message: the cluster.ts with line. */
  readonly where: string;
}

const specKeys = ["type", "provider", "platform", "bundles", "apps", "flux", "decryption"];

/** The branch that the fleet's clusters follow. */
export const mainBranch = (fleet: Fleet): string => fleet.repository.branch ?? "main";

/** The fleet's bundles by name, the platform first. */
export function bundlesOf(fleet: Fleet): readonly (readonly [string, BundleClass])[] {
  return [
    ["platform", fleet.platform],
    ...Object.entries(fleet.bundles ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)),
  ];
}

/**
 * Makes a cluster from its definition, its versions and, in a sandbox, its sandbox.yaml, which overrides both.
 * @returns the cluster, or every problem; what the definition throws is thrown on
 */
export function makeCluster({
  name,
  folder,
  definition,
  versions,
  sandbox,
  where,
}: ClusterParts): { cluster: Cluster } | { problems: Problem[] } {
  const problems: Problem[] = [];
  const refuse = (message: string, remedy?: string) =>
    problems.push({ where, message, ...(remedy === undefined ? {} : { remedy }) });
  const named = clusterNameProblem(name);
  if (named !== undefined) refuse(named);
  const { fleet } = definition;
  const spec = definition.spec({ name, externalName: (purpose) => externalName(name, purpose) }) as
    ClusterSpec | undefined;
  if (typeof spec !== "object")
    return { problems: [{ where, message: "the definition returns no cluster" }] };
  for (const key of Object.keys(spec))
    if (!specKeys.includes(key)) refuse(`'${key}' is not part of a cluster${suggestion(key, specKeys)}`);
  for (const key of ["type", "provider", "platform"] as const)
    if (typeof spec[key] !== "object") refuse(`'${key}' is missing`);
  if (problems.length > 0) return { problems };

  const type = sandbox === undefined ? spec.type : sandboxType(spec.type, sandbox.purpose, fleet.sandbox);
  const known = new Map(bundlesOf(fleet));
  const uses: readonly (readonly [string, UntypedUse | undefined])[] = [
    ["platform", spec.platform],
    ...Object.entries(spec.bundles ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)),
  ];
  const bundles: ClusterBundle[] = [];
  for (const [bundle, use] of uses) {
    if (use === undefined) continue;
    const bundleClass = known.get(bundle);
    if (bundleClass === undefined) {
      refuse(`'${bundle}' is not a bundle of the fleet${suggestion(bundle, known.keys())}`);
      continue;
    }
    const { variables = {}, options = [], patches = {} } = use;
    for (const problem of valueProblems(bundleClass.variables, variables))
      refuse(`${bundle}: ${problem.message}`, problem.remedy);
    for (const option of options)
      if (!bundleClass.options.includes(option))
        refuse(`${bundle}: it has no option '${option}'${suggestion(option, bundleClass.options)}`);
    const track = versions.tracks[bundle] ?? type.track;
    if (track === undefined) {
      refuse(
        `what the ${bundle} tracks is missing`,
        `${versions.file}: add a line such as ${bundle}: { tag: 1.0.0 }`,
      );
      continue;
    }
    if ("branch" in track && fleet.artifacts.repository !== undefined) {
      refuse(
        `the ${bundle} is made in another repository, so it cannot be tracked by ${describeTrack(track)}`,
        `${versions.file}: track a release, such as ${bundle}: { tag: 1.0.0 }`,
      );
      continue;
    }
    bundles.push({
      name: bundle,
      class: bundleClass,
      variables: variables as Values,
      options: [...new Set(options)].sort(),
      patches,
      track: sandbox !== undefined && "branch" in track ? { branch: sandbox.branch } : track,
    });
  }
  if (problems.length > 0) return { problems };
  return {
    cluster: Object.freeze({
      name,
      folder,
      fleet,
      type,
      provider: sandbox?.provider ?? spec.provider,
      branch: sandbox?.branch ?? mainBranch(fleet),
      bundles,
      apps: spec.apps,
      flux: spec.flux ?? "operator",
      decryption: spec.decryption,
      versions,
      sandbox,
    }),
  };
}

/** Values of `unique` variables that more than one cluster gives. */
export function collisions(clusters: readonly Cluster[]): Problem[] {
  const owners = new Map<string, string>();
  const problems: Problem[] = [];
  for (const { name, bundles } of clusters)
    for (const bundle of bundles)
      for (const [variable, { unique }] of Object.entries(bundle.class.variables)) {
        const value = bundle.variables[variable];
        if (unique !== true || value === undefined) continue;
        const key = `${bundle.name}\0${variable}\0${value}`;
        const owner = owners.get(key);
        if (owner === undefined) owners.set(key, name);
        else
          problems.push({
            where: `clusters ${owner} and ${name}`,
            message: `both give ${JSON.stringify(value)} for '${variable}' of the ${bundle.name}, which has to be unique`,
            remedy: "make it a function of the cluster's name, such as `${name}.example.com`",
          });
      }
  return problems;
}

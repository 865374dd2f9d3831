import { Chart } from "cdk8s";
import { Construct, type IConstruct } from "constructs";
import { rememberPlace } from "../../lib/fleet/place.ts";
import type { AppVersions } from "../../lib/fleet/versions.ts";
import { contextOf } from "../context.ts";
import type { HelmRelease } from "../flux/helm-release.ts";
import type { Kustomization } from "../flux/kustomization.ts";
import type { MergePatch } from "../kube-object.ts";
import { Apps, appsNamespace } from "./apps.ts";
import type { UpdatedImage } from "./image-updates.ts";
import { refuse } from "./refuse.ts";

/** How Flux applies an app, and what every app takes. */
export interface AppProps {
  /** Apps of the same cluster, by construct or id, that have to be Ready first. */
  readonly dependsOn?: readonly (Construct | string)[];
  /** How often Flux looks for drift, such as `10m`. @default 10m */
  readonly interval?: string;
  /** How long Flux waits for the app to be Ready. @default 5m */
  readonly timeout?: string;
  /** Outputs of the cluster's stack that the app's manifests name as `${output}`. @default none: nothing is substituted */
  readonly outputs?: readonly string[];
  /** The Secret in the apps' namespace with the keys that open the app's SOPS files. @default none */
  readonly decryption?: { readonly secret: string };
  /** Merged into the app's Flux Kustomization (JSON merge patch). */
  readonly kustomization?: MergePatch;
}

/** What a class of apps does with {@link AppProps}. */
export interface AppTraits {
  /**
   * Props that the app's own objects have a field for, so that they count also where the app is a part of
   * another. @default none
   */
  readonly own?: readonly (keyof AppProps)[];
  /** What `timeout` is unless a prop says so. @default 5m */
  readonly timeout?: string;
}

/**
 * An app: objects that Flux applies as one, under the ServiceAccount of the apps' namespace. It may be part of
 * another, an {@link AppStack}, or stand in any cdk8s chart, where someone else applies it.
 */
export abstract class App extends Construct {
  /** Whether a construct is an app, also one of another copy of this module than the caller's. */
  static isApp(construct: IConstruct): construct is App {
    return "sluiceApp" in construct;
  }

  readonly sluiceApp = true;
  /** How Flux applies it: for the synthesis, where the app is a cluster's. */
  readonly props: AppProps;
  /** What its objects are called: its id; in a part of another app, that one's name and its id. */
  readonly name: string;
  /** The app that it is a part of. */
  readonly partOf: App | undefined;
  /** The image that Flux may raise, where the app says so. */
  readonly updatedImage: UpdatedImage | undefined;

  /** @throws Error if the id is no DNS label, or a prop can have no effect where the app stands */
  constructor(
    scope: Construct,
    id: string,
    props: AppProps,
    { own = [], timeout = props.timeout }: AppTraits = {},
  ) {
    super(scope, id);
    rememberPlace(this, new.target);
    this.props = { ...props, ...(timeout === undefined ? {} : { timeout: props.timeout ?? timeout }) };
    this.partOf = outerApp(scope);
    this.name = appName(scope, id);
    refuse(this, [
      (this.name.length > 63 || !/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(this.name)) &&
        `'${this.name}' is no DNS label of at most 63 characters, as the name of an app has to be`,
      ...this.#ineffective(props, own),
    ]);
  }

  /** The namespace of its Flux objects. */
  get namespace(): string {
    return Chart.of(this).namespace ?? appsNamespace;
  }

  /**
   * The ServiceAccount as which Flux applies what the app's own Flux objects hold: the apps' below a cluster's
   * apps; elsewhere none, as there may be no such account.
   */
  get serviceAccountName(): string | undefined {
    return Apps.above(this) === undefined ? undefined : appsNamespace;
  }

  /** Flux's object that applies it, where it has one of its own that others can wait for. */
  get fluxObject(): HelmRelease | Kustomization | undefined {
    return undefined;
  }

  #ineffective(props: AppProps, own: readonly (keyof AppProps)[]): string[] {
    const apps = Apps.above(this);
    const whole = apps === undefined ? undefined : this.node.scopes[apps.node.scopes.length]!.node.id;
    if (this.node.scope === apps) return [];
    // Outside a cluster's apps someone else decides how the chart is applied.
    const keys: readonly (keyof AppProps)[] =
      whole === undefined
        ? ["dependsOn"]
        : ["dependsOn", "interval", "timeout", "outputs", "decryption", "kustomization"];
    return keys
      .filter((key) => !own.includes(key) && props[key] !== undefined)
      .map((key) =>
        whole === undefined
          ? `'${key}' has no effect outside a cluster's apps: nothing here could make Flux wait`
          : `Flux applies all of '${whole}' as one, so '${key}' has no effect on a part of it: give it to '${whole}'`,
      );
  }
}

/** The name of an app `id` that is made in `scope`. */
export function appName(scope: Construct, id: string): string {
  const outer = outerApp(scope);
  return outer === undefined ? id : `${outer.name}-${id}`;
}

function outerApp(scope: Construct): App | undefined {
  return scope.node.scopes.toReversed().find((outer) => App.isApp(outer));
}

/**
 * What versions.yaml says of an app: the entry under its id, `stack/part` for a part of an app. Empty outside
 * a cluster.
 */
export function versionsOf(app: Construct): Partial<AppVersions> {
  const cluster = contextOf(app)?.cluster;
  if (cluster === undefined) return {};
  const id = versionsId(app);
  cluster.used.add(id);
  return cluster.apps.get(id) ?? {};
}

/** The id under which versions.yaml has a construct below a cluster's apps: `podinfo`, `stack/part`. */
export function versionsId(app: Construct): string {
  const ids: string[] = [];
  for (const scope of app.node.scopes.toReversed()) {
    if (Apps.isApps(scope)) break;
    ids.unshift(scope.node.id);
  }
  return ids.join("/");
}

/**
 * A version that a prop or else versions.yaml gives.
 * @throws Error if both do, as one of them would have no effect
 */
export function optionalVersion<Field extends "chart" | "image" | "track">(
  app: Construct,
  field: Field,
  given: AppVersions[Field] | undefined,
): AppVersions[Field] | undefined {
  const written: AppVersions[Field] | undefined = (versionsOf(app) as AppVersions)[field];
  const file = contextOf(app)?.cluster?.versionsFile;
  refuse(app, [
    given !== undefined &&
      written !== undefined &&
      `${what[field]} is given as a prop and in ${file}: remove one of them`,
  ]);
  return given ?? written;
}

/**
 * A version that a prop or else versions.yaml gives.
 * @throws Error if neither or both do
 */
export function requiredVersion(app: Construct, field: "chart" | "image", given: string | undefined): string;
export function requiredVersion(
  app: Construct,
  field: "track",
  given: AppVersions["track"],
): NonNullable<AppVersions["track"]>;
export function requiredVersion(
  app: Construct,
  field: keyof typeof what,
  given: AppVersions[typeof field],
): unknown {
  const version = optionalVersion(app, field, given);
  const file = contextOf(app)?.cluster?.versionsFile;
  refuse(app, [
    version === undefined &&
      (file === undefined
        ? `${what[field]} is missing: give it as a prop`
        : `${what[field]} is missing: give it in ${file}, under apps`),
  ]);
  return version;
}

/**
 * Refuses versions that versions.yaml gives to an app that has no use for them.
 * @param fields what the app reads
 */
export function readsOnly(app: Construct, ...fields: (keyof typeof what)[]): void {
  const versions = versionsOf(app);
  const file = contextOf(app)?.cluster?.versionsFile;
  const surplus = (Object.keys(what) as (keyof typeof what)[]).filter(
    (field) => versions[field] !== undefined && !fields.includes(field),
  );
  refuse(
    app,
    surplus.map(
      (field) => `${file}:${versions.line} gives ${what[field]}, which the app does not read: remove it`,
    ),
  );
}

const what = {
  chart: "the chart's version",
  image: "the image's version",
  track: "what the source tracks",
} as const;

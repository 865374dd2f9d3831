import { type Cluster, bundlesOf } from "../fleet/cluster.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { suggestion } from "../fleet/suggestion.ts";
import { trackKind } from "../fleet/tracks.ts";
import { UserError } from "../fleet/user-error.ts";
import type { Versions } from "../fleet/versions.ts";
import type { Pipeline } from "./pipeline.ts";

/** What can be promoted. */
export interface Subject {
  readonly what: string;
  readonly kind: Pipeline["kind"];
}

/**
 * Says what a name means: a bundle, an app of some cluster, or `kubernetes`.
 * @throws UserError, as wrong usage, if it is none
 */
export function subjectOf(what: string, fleet: Fleet, clusters: readonly Cluster[]): Subject {
  const bundles = bundlesOf(fleet).map(([name]) => name);
  const apps = new Set(clusters.flatMap(({ versions }) => appIds(versions)));
  if (what === "kubernetes") return { what, kind: "kubernetes" };
  if (bundles.includes(what)) return { what, kind: "bundle" };
  if (apps.has(what)) return { what, kind: "app" };
  throw new UserError(
    {
      where: "WHAT",
      message: `'${what}' is neither a bundle, nor an app with a version, nor kubernetes${suggestion(what, [...bundles, ...apps, "kubernetes"])}`,
    },
    2,
  );
}

/** The ids of the apps that a cluster's versions.yaml has versions of. */
export function appIds({ apps }: Pick<Versions, "apps">): string[] {
  return [...new Set([...apps.keys()].map((id) => id.split("/")[0]!))];
}

/** One version of an app, as it stands in versions.yaml: of a part by its id, such as `shop/database`. */
export interface AppField {
  readonly id: string;
  /** `chart`, `image` or what its source tracks, such as `tag`. */
  readonly field: string;
  readonly version: string;
}

/** All that versions.yaml says of an app and its parts, in the file's order. */
export function appFields({ apps }: Pick<Versions, "apps">, app: string): AppField[] {
  return [...apps]
    .filter(([id]) => id === app || id.startsWith(`${app}/`))
    .flatMap(([id, { chart, image, track }]) => [
      ...(chart === undefined ? [] : [{ id, field: "chart", version: chart }]),
      ...(image === undefined ? [] : [{ id, field: "image", version: image }]),
      ...(track === undefined
        ? []
        : [
            {
              id,
              field: trackKind(track),
              version: (track as Readonly<Record<string, string>>)[trackKind(track)]!,
            },
          ]),
    ]);
}

/** The version of an app in one line: `chart 6.14.1, image 6.14.1`, of a stack `database chart 1.0.0, api image 2.1.0`. */
export function appVersion(versions: Pick<Versions, "apps">, app: string): string | undefined {
  const fields = appFields(versions, app);
  return fields.length === 0
    ? undefined
    : fields
        .map(
          ({ id, field, version }) =>
            `${id === app ? "" : `${id.slice(app.length + 1)} `}${field} ${version}`,
        )
        .join(", ");
}

/** Reads what {@link appVersion} writes. */
export function parseAppVersion(app: string, text: string): AppField[] {
  return text.split(", ").map((part) => {
    const words = part.split(" ");
    const version = words.at(-1)!;
    const field = words.at(-2) ?? "";
    return { id: words.length > 2 ? `${app}/${words[0]}` : app, field, version };
  });
}

/** Whether an app's version says what runs: neither a range nor a branch. */
export function isExact({ field, version }: AppField): boolean {
  if (field === "chart") return /^v?\d+\.\d+\.\d+([-+].*)?$/.test(version);
  return field !== "semver" && field !== "branch";
}

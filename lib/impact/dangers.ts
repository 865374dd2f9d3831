import type { FieldChange } from "../flux/field-changes.ts";
import { compareVersions, parseVersion } from "../fleet/semver.ts";
import { immutableFields } from "./immutable.ts";
import { widenings } from "./rbac.ts";

type Json = Readonly<Record<string, unknown>>;

/** Why a change of an object deserves a second look. @param force whether Flux replaces what it may not change */
export function dangersOf(
  old: Json | undefined,
  now: Json | undefined,
  fields: readonly FieldChange[],
  force: boolean,
): string[] {
  const dangers: string[] = [];
  if (old !== undefined && now === undefined) dangers.push(...removal(old));
  if (old !== undefined && now !== undefined) {
    const broken = immutableFields(old, now, fields);
    if (broken.length > 0) dangers.push(cannotBeChanged(broken.join(", "), isMadeAnew(now, force)));
    dangers.push(...backwards(fields));
    if (fields.some(({ path }) => path === "(applied by)"))
      dangers.push(
        "moves between Kustomizations: the one that lets go may delete it after the other took it",
      );
  }
  if (now !== undefined) dangers.push(...widenings(old, now));
  return dangers;
}

/** Whether Flux makes an object anew that may not be changed. @param force whether its Kustomization says so */
export const isMadeAnew = (object: Json, force: boolean): boolean =>
  force || annotationsOf(object)["kustomize.toolkit.fluxcd.io/force"] === "enabled";

/** That a change is refused. @param what is broken */
export const cannotBeChanged = (what: string, madeAnew: boolean): string =>
  madeAnew
    ? `cannot be changed in place (${what}): Flux deletes it and makes it anew`
    : `cannot be changed (${what}): the API server refuses it and its Kustomization fails`;

const annotationsOf = (object: Json): Json =>
  (object["metadata"] as { annotations?: Json | null } | undefined)?.annotations ?? {};

function removal(old: Json): string[] {
  if (annotationsOf(old)["kustomize.toolkit.fluxcd.io/prune"] === "disabled") return [];
  const spec = (old["spec"] ?? {}) as Json;
  switch (old["kind"]) {
    case "CustomResourceDefinition": {
      const kind = String((spec["names"] as Json | undefined)?.["kind"] ?? "its kind");
      return [`deletes every ${kind} of the cluster with it`];
    }
    case "Namespace":
      return ["deletes everything in the namespace"];
    case "PersistentVolumeClaim":
    case "PersistentVolume":
      return ["may delete the volume's data"];
    case "StatefulSet":
      return ["stops it; its volumes stay behind"];
    case "StorageClass":
      return ["no volume can be made of this class any more"];
    case "HelmRelease":
      return spec["suspend"] === true ? ["suspended: its release stays behind"] : ["uninstalls the release"];
    case "Kustomization":
      if (!String(old["apiVersion"]).startsWith("kustomize.toolkit")) return [];
      if (spec["suspend"] === true) return ["suspended: all that it applied stays behind"];
      return spec["prune"] === true && spec["deletionPolicy"] !== "Orphan"
        ? ["deletes all that it applied"]
        : [];
    case "Service":
      return spec["type"] === "LoadBalancer" ? ["gives its external address away"] : [];
    case "ServiceAccount":
      return ["a Kustomization that impersonates it can prune nothing any more"];
    default:
      return [];
  }
}

/** Versions that go back: of a chart, a track or an image. */
function backwards(fields: readonly FieldChange[]): string[] {
  const dangers: string[] = [];
  for (const { path, before, after } of fields) {
    if (typeof before !== "string" || typeof after !== "string") continue;
    if (!/(^|\.|\])(tag|version|newTag|image|semver|kubernetes)$/.test(path)) continue;
    const [from, to] = [before, after].map((text) =>
      parseVersion(text.replace(/@.*/, "").replace(/^.*:(?=[^/:]*$)/, "")),
    ) as [ReturnType<typeof parseVersion>, ReturnType<typeof parseVersion>];
    if (from !== undefined && to !== undefined && compareVersions(to, from) < 0)
      dangers.push(`goes back from ${before} to ${after}`);
  }
  return dangers;
}

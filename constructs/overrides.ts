import type { Construct } from "constructs";
import { suggestion } from "../lib/fleet/suggestion.ts";
import { KubeObject, type MergePatch, objectsBelow } from "./kube-object.ts";

/**
 * Merge patches for the objects of a construct, by `Kind`, or `Kind/name` where it has several of a kind: the
 * way to any field that its props do not have.
 */
export type ObjectOverrides = Readonly<Record<string, MergePatch>>;

/** What every construct of several objects takes. */
export interface OverridableProps {
  /** Merge patches (RFC 7386) for its objects, by `Kind` or `Kind/name`. */
  readonly overrides?: ObjectOverrides;
}

/**
 * Applies overrides to the objects that a construct has made: its constructor's last step.
 * @throws Error if there is no such object
 */
export function applyOverrides(construct: Construct, overrides: ObjectOverrides = {}): void {
  const objects = objectsBelow(construct).filter((object) => KubeObject.isKubeObject(object));
  for (const [key, patch] of Object.entries(overrides)) {
    const matching = objects.filter(({ kind, name }) => key === kind || key === `${kind}/${name}`);
    if (matching.length === 0)
      throw new Error(
        `${construct.node.path}: overrides for '${key}', of which there is none${suggestion(key, names(objects))}`,
      );
    for (const object of matching) object.override(patch);
  }
}

function names(objects: readonly KubeObject[]): string[] {
  const kinds = objects.map(({ kind }) => kind);
  return objects.map(({ kind, name }) =>
    kinds.indexOf(kind) === kinds.lastIndexOf(kind) ? kind : `${kind}/${name}`,
  );
}

import { loadAll } from "js-yaml";
import { type FieldChange, fieldChanges } from "../flux/field-changes.ts";
import { describeManifest } from "../flux/object-name.ts";

/** How one object of a sandbox differs from its source's. */
export interface ObjectDifference {
  /** `Kind namespace/name`. */
  readonly object: string;
  /** Empty where only one of the two has the object. */
  readonly fields: readonly FieldChange[];
  readonly only?: "source" | "sandbox";
}

/**
 * How the manifests of a clone differ from those of its source, object by object.
 * @param source texts of the source's manifests, @param sandbox of the clone's, by file
 */
export function manifestDifferences(source: Iterable<string>, sandbox: Iterable<string>): ObjectDifference[] {
  const before = objectsByName(source);
  const after = objectsByName(sandbox);
  const differences: ObjectDifference[] = [];
  for (const [object, json] of before) {
    const other = after.get(object);
    if (other === undefined) differences.push({ object, fields: [], only: "source" });
    else {
      const fields = fieldChanges(json, other);
      if (fields.length > 0) differences.push({ object, fields });
    }
  }
  for (const object of after.keys())
    if (!before.has(object)) differences.push({ object, fields: [], only: "sandbox" });
  return differences.sort((a, b) => (a.object < b.object ? -1 : 1));
}

function objectsByName(texts: Iterable<string>): Map<string, unknown> {
  const objects = new Map<string, unknown>();
  for (const text of texts)
    for (const object of loadAll(text) as {
      kind?: string;
      metadata?: { name?: string; namespace?: string };
    }[])
      if (object?.metadata?.name !== undefined) objects.set(describeManifest(object), object);
  return objects;
}

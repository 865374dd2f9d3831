import { literal } from "../fleet/literal.ts";
import { fieldChanges } from "../flux/field-changes.ts";
import type { PlannedResource, StackPlan } from "./planned-resource.ts";

/** How one resource of a sandbox's stack differs from its source's. */
export interface ResourceDifference {
  readonly type: string;
  readonly name: string;
  readonly only?: "source" | "sandbox";
  /** Empty where only one of the two has the resource. */
  readonly fields: readonly { readonly path: string; readonly before: unknown; readonly after: unknown }[];
}

/**
 * What the stack of a sandbox makes differently from its source's. The clusters' own names are taken for one
 * another, so that what differs by nothing but the name counts as alike.
 */
export function planDifferences(source: StackPlan, sandbox: StackPlan): ResourceDifference[] {
  const before = byIdentity(source);
  const after = byIdentity(sandbox);
  const differences: ResourceDifference[] = [];
  for (const [identity, resource] of before) {
    const other = after.get(identity);
    const { type, name } = resource;
    if (other === undefined) differences.push({ type, name, only: "source", fields: [] });
    else {
      const fields = fieldChanges(comparable(resource, source.cluster), comparable(other, sandbox.cluster));
      if (fields.length > 0) differences.push({ type, name: other.name, fields });
    }
  }
  for (const [identity, { type, name }] of after)
    if (!before.has(identity)) differences.push({ type, name, only: "sandbox", fields: [] });
  return differences;
}

const namePlaceholder = "⟨cluster⟩";

function byIdentity({ resources, cluster }: StackPlan): Map<string, PlannedResource> {
  return new Map(
    resources.map((resource) => [`${resource.type} ${withoutName(resource.name, cluster)}`, resource]),
  );
}

/** What of a resource is compared: what it is made with, and how it is kept. */
function comparable({ inputs, protect, retainOnDelete }: PlannedResource, cluster: string): object {
  const text = JSON.stringify({ ...inputs, protect, retainOnDelete });
  return JSON.parse(withoutName(text, cluster)) as object;
}

/** The cluster's name as a word of its own: `sandbox-a` in `sandbox-a-ebs-csi`, not in `my-sandbox-ab`. */
function withoutName(text: string, cluster: string): string {
  const escaped = literal(cluster);
  return text.replace(new RegExp(`(?<![a-z0-9-])${escaped}(?![a-z0-9])`, "g"), namePlaceholder);
}

import { createHash } from "node:crypto";

/**
 * The name of the stack of a further cluster that is synced to a cluster's folder: two dashes, which no
 * cluster's own name needs, and the context in what a name may hold.
 */
export function attachedStack(cluster: string, context: string): string {
  const label = context
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  // What a name cannot hold still has to keep two contexts apart.
  const exact = label === context && label.length <= 40;
  const hash = createHash("sha256").update(context).digest("hex").slice(0, 6);
  return `${cluster}--${exact ? label : `${label.slice(0, 33)}-${hash}`}`;
}

import type { Construct } from "constructs";
import type { Mirror } from "../lib/fleet/mirror.ts";
import type { AppVersions } from "../lib/fleet/versions.ts";

/**
 * What the constructs know of where they are synthesised. Set by the synthesis on the root of a tree; a
 * construct in someone else's chart has none of it and takes its props alone.
 */
export interface SynthesisContext {
  /** Whose folder it is: it decides what its objects are for a teardown. */
  readonly within: "bundle" | "apps";
  readonly mirror?: Mirror | undefined;
  readonly cluster?: ClusterContext;
}

/** The cluster whose apps are made. */
export interface ClusterContext {
  readonly name: string;
  /** The environment type's name, `sandbox` in a sandbox. */
  readonly type: string;
  /** The environment type's replicas for what has to be highly available. */
  readonly replicas: number;
  readonly apps: ReadonlyMap<string, AppVersions>;
  /** Ids of versions.yaml that an app has read. */
  readonly used: Set<string>;
  /** versions.yaml, for messages. */
  readonly versionsFile: string;
}

/** Registered by name: the CLI and the fleet's own code may have loaded two copies of this module. */
const key = Symbol.for("sluice.context");

/** Gives the tree below `root` its context. */
export function setContext(root: Construct, context: SynthesisContext): void {
  (root.node.root as unknown as Record<symbol, SynthesisContext>)[key] = context;
}

/** The context of the tree that `construct` is part of, if it has one. */
export function contextOf(construct: Construct): SynthesisContext | undefined {
  return (construct.node.root as unknown as Record<symbol, SynthesisContext | undefined>)[key];
}

// How the clusters of a fleet are.
export { contextOf, type KnownContext } from "./contexts.ts";
export { describeStatus } from "./describe.ts";
export { type BundleStatus, type ClusterStatus, fleetStatus, type Reach } from "./status.ts";

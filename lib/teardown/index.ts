// The ordered removal of everything that Flux and its users have made in a cluster.
export { ApiError, type ClusterApi, type Clock, type DryRunApi, realClock } from "./cluster-api.ts";
export { connect, type Connection, contextsOf } from "./connect.ts";
export { describePlan, describeResult, describeStep, planData } from "./describe.ts";
export type { Plan, Step } from "./plan.ts";
export { noticesOf } from "./preflight.ts";
export { progressLines } from "./progress.ts";
export type { LeftObject, TeardownResult } from "./result.ts";
export { planOf, resume, teardown, type TeardownListener, type TeardownOptions } from "./teardown.ts";

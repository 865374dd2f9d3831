import { describeName } from "../flux/object-name.ts";
import { fields, type KubeObject, list, nameOf, text } from "../teardown/objects.ts";

/** A condition of an object of Flux. */
export interface Condition {
  readonly type?: string;
  readonly status?: string;
  readonly reason?: string;
  readonly message?: string;
}

/** How a cluster's Flux is. */
export interface Verdict {
  readonly state: "ready" | "progressing" | "not ready" | "suspended";
  /** In one line; undefined when ready. */
  readonly reason: string | undefined;
}

/** Kinds in the order in which one waits for the other: what is wrong with a source is wrong with all that follows. */
const order = [
  "GitRepository",
  "OCIRepository",
  "Bucket",
  "HelmRepository",
  "HelmChart",
  "HelmRelease",
  "Kustomization",
];

/** Reasons that only say that something else is not ready: what is waited for comes before who waits for it. */
const following: Readonly<Record<string, number>> = {
  ArtifactFailed: 1,
  SourceNotReady: 1,
  HealthCheckFailed: 1,
  HealthCheckCanceled: 1,
  DependencyNotReady: 2,
};

interface Judged {
  readonly object: KubeObject;
  readonly state: "ready" | "progressing" | "failed" | "suspended";
  readonly condition: Condition | undefined;
}

/**
 * The first reason why a cluster is not ready: of all that is wrong, what the rest follows from. A chart that does
 * not come makes its release fail, that its layer, and that all layers after it: it is told of the chart.
 */
export function firstReason(objects: readonly KubeObject[]): Verdict {
  const judged = objects.map(judge);
  const failed = judged.filter(({ state }) => state === "failed").sort(byCause);
  const going = judged.filter(({ state }) => state === "progressing").sort(byCause);
  // What only waits for something that is on its way has not failed.
  const waits = going.length > 0 && failed.every(({ condition }) => following[condition?.reason ?? ""] === 2);
  const [first] = waits ? [] : failed;
  if (first !== undefined) {
    const more = failed.length - 1;
    return { state: "not ready", reason: `${line(first)}${more === 0 ? "" : ` (and ${more} more)`}` };
  }
  const suspended = judged.filter(({ state }) => state === "suspended");
  if (suspended.length > 0) {
    const names = suspended.map(({ object }) => describeName(nameOf(object))).sort(rootFirst);
    const more = names.length - 1;
    return {
      state: "suspended",
      reason: `${names[0]} is suspended${more === 0 ? "" : `, and ${more} more`}`,
    };
  }
  const [next] = going;
  return next === undefined
    ? { state: "ready", reason: undefined }
    : { state: "progressing", reason: line(next) };
}

function judge(object: KubeObject): Judged {
  const { generation } = object.metadata as { generation?: number };
  const status = fields(object, "status");
  const condition = list<Condition>(status, "conditions").find(({ type }) => type === "Ready");
  if (fields(object, "spec")["suspend"] === true) return { object, state: "suspended", condition };
  // A static HelmRepository of an OCI registry has no status: nobody reconciles it.
  if (object.kind === "HelmRepository" && fields(object, "spec")["type"] === "oci")
    return { object, state: "ready", condition };
  if (condition?.status === "False") return { object, state: "failed", condition };
  const current = status["observedGeneration"] === undefined || status["observedGeneration"] === generation;
  return { object, state: condition?.status === "True" && current ? "ready" : "progressing", condition };
}

function byCause(a: Judged, b: Judged): number {
  const rank = ({ object, condition }: Judged) =>
    100 * (following[condition?.reason ?? ""] ?? 0) + order.indexOf(object.kind);
  const names = [a, b].map(({ object }) => describeName(nameOf(object)));
  return rank(a) - rank(b) || (names[0]! < names[1]! ? -1 : 1);
}

const rootFirst = (a: string, b: string): number => {
  const root = "Kustomization flux-system/flux-system";
  return Number(b === root) - Number(a === root) || (a < b ? -1 : 1);
};

function line({ object, condition }: Judged): string {
  const message = (text(condition, "message") ?? "not looked at yet").replace(/\s+/g, " ").trim();
  const short = message.length > 240 ? `${message.slice(0, 239)}…` : message;
  return `${describeName(nameOf(object))}: ${short}`;
}

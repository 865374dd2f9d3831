import { rootUnit } from "../../../lib/effective/cluster.ts";
import { readClusters } from "../../../lib/effective/open.ts";
import { newestKubernetes } from "../../../lib/flux/schema-files.ts";
import { Git } from "../../../lib/git/git.ts";
import { GitObjects } from "../../../lib/git/objects.ts";
import { identityOf } from "../../../lib/impact/impact.ts";
import { courseOf } from "../../../lib/simulate/course.ts";
import { usual } from "../../../lib/simulate/latencies.ts";
import { type Outcome, outcomesOf } from "../../../lib/simulate/outcome.ts";
import type { Simulation } from "../../../lib/simulate/simulation.ts";
import { metadataOf, type WorldObject } from "../../../lib/simulate/world.ts";
import type { KubeObject } from "../control-plane/index.ts";
import type { AgreementFleet } from "./catalogue.ts";
import type { Reality, Seen } from "./plane.ts";

type Json = Readonly<Record<string, unknown>>;

/** What the simulation says of a fleet. */
export interface Prediction {
  readonly simulation: Simulation;
  readonly outcomes: readonly Outcome[];
}

/** How much was compared. */
export interface Compared {
  readonly verdicts: number;
  readonly ready: number;
  readonly objects: number;
  readonly orders: number;
  readonly disagreements: readonly string[];
}

/** Simulates a fleet at a commit, from nothing or from what it was at another commit. */
export async function predict(
  clone: string,
  fleet: string,
  head: string,
  base?: string,
): Promise<Prediction> {
  const git = new Git(clone);
  const objects = new GitObjects(git);
  const paths = [`fleets/${fleet}/cluster`];
  try {
    const at = (revision: string) =>
      readClusters(git, { head: revision, paths, objects }, ([cluster], sources) => ({
        cluster: cluster!,
        sources,
      }));
    const before = base === undefined ? undefined : await at(base);
    const now = await at(head);
    return await objects.settle(() => {
      const simulation = courseOf(now, {
        kubernetes: newestKubernetes,
        latencies: usual,
        ...(before === undefined ? {} : { before }),
      });
      return { simulation, outcomes: outcomesOf(simulation, now.cluster) };
    });
  } finally {
    objects.close();
  }
}

/** Everything in which a prediction and reality differ. @param order whether all began together, so that it counts */
export function compare(
  { name }: AgreementFleet,
  { simulation, outcomes }: Prediction,
  { flux, objects }: Reality,
  order: boolean,
): Compared {
  const disagreements: string[] = [];
  const say = (text: string) => disagreements.push(text);
  const real = (id: string) =>
    id === `Kustomization ${rootUnit}` ? `Kustomization flux-system/${name}` : id;
  const reconciled = outcomes.filter(({ kind }) => kind === "Kustomization" || kind === "HelmRelease");
  const told = new Set<string>();
  for (const outcome of reconciled) {
    told.add(real(outcome.id));
    const seen = flux.get(real(outcome.id));
    const difference = verdictDifference(outcome, seen);
    if (difference !== undefined) say(`${outcome.id}: ${difference}`);
    if (outcome.kind === "Kustomization" && seen !== undefined)
      for (const text of inventoryDifference(outcome, seen, objects)) say(`${outcome.id}: ${text}`);
  }
  const isOurs = ({ metadata }: KubeObject) =>
    [metadata.name, metadata.namespace ?? ""].some((text) => text.split("-")[0] === name);
  for (const [id, { object }] of flux)
    if (isOurs(object) && !told.has(id)) say(`${id} exists, which the simulation does not know`);
  const content = contentDifferences(name, simulation, objects);
  content.differences.forEach(say);
  const orders = order ? orderDifferences(reconciled, flux, real) : { count: 0, differences: [] };
  orders.differences.forEach(say);
  const ready = reconciled.filter(({ verdict }) => verdict === "ready").length;
  return { verdicts: reconciled.length, ready, objects: content.count, orders: orders.count, disagreements };
}

function verdictDifference(outcome: Outcome, seen: Seen | undefined): string | undefined {
  const { verdict, reason, message, names } = outcome;
  if (verdict === "absent")
    return seen === undefined ? undefined : "is simulated never to be made, and exists";
  if (seen === undefined) return `is simulated to be ${verdict}, and does not exist`;
  const { ready, object } = seen;
  const fact =
    ready === undefined ? "not reconciled" : ready.is ? "Ready" : `${ready.reason}: ${ready.messages.at(-1)}`;
  if (verdict === "suspended")
    return object.spec?.["suspend"] === true ? undefined : `is not suspended, but ${fact}`;
  if (verdict === "ready") return ready?.is === true ? undefined : `is simulated to be Ready, and is ${fact}`;
  const simulated = `${reason}: ${message}`;
  if (ready?.is !== false || ready.reason !== reason) return `is simulated to be ${simulated}; it is ${fact}`;
  const { messages } = ready;
  // At its deadline a health check sometimes says no more than that there is no time left for another request.
  const isCutOff = (text: string) => text.includes("would exceed context deadline");
  if (reason === "HealthCheckFailed" && messages.every(isCutOff)) return undefined;
  return messages.some((text) => names.every((part) => text.includes(part)))
    ? undefined
    : `is simulated for ${simulated}; Flux's message has not all of ${names.join(", ")}: ${fact}`;
}

/** What a Kustomization has in its inventory and what of that is there. */
function inventoryDifference(outcome: Outcome, { object }: Seen, objects: readonly KubeObject[]): string[] {
  const { entries = [] } = (object.status?.["inventory"] ?? {}) as { entries?: readonly { id: string }[] };
  const there = new Set(objects.map((each) => identityOf(each as unknown as Json)));
  const listed = entries.flatMap(({ id }) => {
    // https://pkg.go.dev/github.com/fluxcd/cli-utils/pkg/object: namespace_name_group_Kind, colons twice underlined
    const [namespace = "", name = "", group = "", kind = ""] = id.split("_");
    const key = `${group} ${kind} ${namespace}/${name.replaceAll("__", ":")}`;
    return there.has(key) ? [key] : [];
  });
  const simulated = outcome.applied.map((text) => {
    const [apiVersion, kind, path] = text.split(" ") as [string, string, string];
    const group = apiVersion.includes("/") ? apiVersion.split("/")[0]! : "";
    return `${group} ${kind} ${path.includes("/") ? path : `/${path}`}`;
  });
  return setDifference(simulated, listed, "in its inventory");
}

function setDifference(simulated: readonly string[], real: readonly string[], where: string): string[] {
  const [ours, theirs] = [new Set(simulated), new Set(real)];
  return [
    ...[...ours]
      .filter((key) => !theirs.has(key))
      .map((key) => `${key} is simulated to be ${where}, and is not`),
    ...[...theirs]
      .filter((key) => !ours.has(key))
      .map((key) => `${key} is ${where}, and not simulated to be`),
  ];
}

/** What each Kustomization has made, field by field as it was applied. */
function contentDifferences(
  fleet: string,
  { world, inventories: { contested } }: Simulation,
  objects: readonly KubeObject[],
) {
  const ownerOf = ({ metadata: { labels = {} } }: KubeObject) => {
    const [name, namespace] = ["name", "namespace"].map(
      (key) => labels[`kustomize.toolkit.fluxcd.io/${key}`],
    );
    return name === fleet ? rootUnit : `${namespace}/${name}`;
  };
  const ours = objects.filter((object) => {
    const label = object.metadata.labels?.["kustomize.toolkit.fluxcd.io/name"] ?? "";
    return label.split("-")[0] === fleet;
  });
  const live = new Map(ours.map((object) => [identityOf(object as unknown as Json), object]));
  const simulated = [...world.objects.values()].filter(({ unit }) => unit !== undefined);
  const differences = setDifference(
    simulated.map(({ id }) => id),
    [...live.keys()],
    "there",
  );
  for (const { id, object, unit } of simulated) {
    const found = live.get(id);
    // Of two owners each is the last one at some time.
    if (found === undefined || contested.has(id)) continue;
    if (ownerOf(found) !== unit)
      differences.push(`${id} is simulated to be of ${unit}, and is of ${ownerOf(found)}`);
    const field = fieldDifference(comparable(object), found);
    if (field !== undefined) differences.push(`${id}: ${field}`);
  }
  return { count: simulated.length, differences };
}

/** Without what the server keeps in another form. */
function comparable(object: WorldObject["object"]): Json {
  const { labels, annotations } = metadataOf(object);
  const { metadata: _, ...rest } = object;
  return { ...rest, metadata: { ...(labels && { labels }), ...(annotations && { annotations }) } };
}

function fieldDifference(wanted: unknown, found: unknown, path = ""): string | undefined {
  if (typeof wanted === "object" && wanted !== null) {
    if (typeof found !== "object" || found === null) return `${path} is missing`;
    for (const [key, value] of Object.entries(wanted)) {
      const difference = fieldDifference(value, (found as Json)[key], `${path}.${key}`);
      if (difference !== undefined) return difference;
    }
    return undefined;
  }
  return String(wanted) === String(found) || isSameDuration(wanted, found)
    ? undefined
    : `${path} is simulated to be ${JSON.stringify(wanted)}, and is ${JSON.stringify(found)}`;
}

/** `1h` is kept as `1h0m0s`. */
const isSameDuration = (a: unknown, b: unknown): boolean =>
  typeof b === "string" && String(a) === b.replace(/(?<=h)0m0s$|(?<=m)0s$/, "");

function orderDifferences(
  outcomes: readonly Outcome[],
  flux: Reality["flux"],
  real: (id: string) => string,
): { count: number; differences: string[] } {
  const byId = new Map(outcomes.map((outcome) => [outcome.id, outcome]));
  const differences: string[] = [];
  let count = 0;
  for (const outcome of outcomes) {
    const before = new Set<string>();
    const visit = (id: string): void => {
      for (const other of byId.get(id)?.after ?? [])
        if (!before.has(other)) {
          before.add(other);
          visit(other);
        }
    };
    visit(outcome.id);
    const order = flux.get(real(outcome.id))?.order;
    for (const other of before) {
      const earlier = flux.get(real(other))?.order;
      if (order === undefined || earlier === undefined) continue;
      count++;
      if (earlier > order) differences.push(`${outcome.id} was Ready before ${other}`);
    }
  }
  return { count, differences };
}

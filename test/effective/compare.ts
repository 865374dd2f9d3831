import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Git } from "../../lib/git/git.ts";
import { type Impact, reviewImpact } from "../../lib/impact/review.ts";
import { TextRepository } from "../support/text-repository.ts";
import type { Answer, Reference, ReferenceUnit } from "./reference.ts";

/** What came of one mutation. */
export interface Outcome {
  readonly seed: number;
  readonly mutation: string;
  /** How many objects changed, over all clusters. */
  readonly changed: number;
  /** What the two computations do not agree on. */
  readonly disagreements: readonly string[];
}

/** A change, as the manifests that it gives. */
export interface Change {
  readonly name: string;
  readonly files: ReadonlyMap<string, string>;
  /** A tag that is thought to move to the changed state. */
  readonly release?: string;
}

/** Manifests that a random generator made, and changes. */
export interface TestedFleet {
  readonly files: ReadonlyMap<string, string>;
  /** Releases that are made already. */
  readonly releases: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** What is asked for with `--path`; undefined where the fleet is laid out as Sluice does. */
  readonly paths?: readonly string[];
  /** Another change of the same manifests. */
  change(): Promise<Change>;
}

/**
 * Changes a fleet `count` times, each time from the same state, and compares what impact says with what differs by
 * the reference.
 */
export async function compareFleet(
  fleet: TestedFleet,
  seed: number,
  count: number,
  reference: Reference,
): Promise<Outcome[]> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-mutations-"));
  const repository = new TextRepository(folder);
  try {
    const tags: Record<string, string> = {};
    for (const [version, files] of fleet.releases) {
      tags[version] = repository.commit(files, "refs/heads/releases");
      repository.tag(version, tags[version]);
    }
    const base = repository.commit(fleet.files);
    const state = (
      revision: string,
      files: ReadonlyMap<string, string>,
      released: typeof tags,
      former?: string,
    ) => stateOf(reference, repository.root, revision, clusterPaths(files, fleet.paths), released, former);
    const before = await state(base, fleet.files, tags);
    const outcomes: Outcome[] = [];
    for (let i = 0; i < count; i++) {
      const { name, files, release } = await fleet.change();
      const head = repository.commit(files, "refs/heads/change");
      const released = { ...tags, ...(release === undefined ? {} : { [release]: head }) };
      const after = await state(head, files, released, base);
      const impact = await reviewImpact(new Git(repository.root), {
        base,
        head,
        ...(release === undefined ? {} : { release }),
        ...(fleet.paths === undefined ? {} : { paths: fleet.paths }),
      });
      const differs = differences(before, after);
      outcomes.push({
        seed: seed * 1000 + i,
        mutation: name,
        changed: differs.size,
        disagreements: disagreements(impact, differs),
      });
    }
    return outcomes;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function disagreements({ clusters }: Impact, differs: ReadonlyMap<string, string>): string[] {
  const said = new Map<string, string>();
  const found: string[] = [];
  for (const { cluster, changes, failures, unknown } of clusters) {
    for (const { object, change } of changes)
      said.set(
        `${cluster}: ${identity(object.apiVersion, object.kind, object.namespace, object.name)}`,
        change,
      );
    for (const { unit, message } of failures) said.set(`${cluster}: failure of ${unit}`, message);
    for (const { unit, message } of unknown) found.push(`${cluster} ${unit}: unknown: ${message}`);
  }
  for (const [what, change] of differs)
    if (said.get(what) !== change && !what.includes("failure of"))
      found.push(`missed: ${change} ${what} (said ${said.get(what)})`);
    else if (!said.has(what)) found.push(`missed: ${what}: ${change}`);
  for (const [what, change] of said) if (!differs.has(what)) found.push(`said of nothing: ${change} ${what}`);
  return found;
}

/** The folders that clusters sync, by the clusters' names. */
function clusterPaths(
  files: ReadonlyMap<string, string>,
  paths: readonly string[] = [...files.keys()].flatMap(
    (path) => /^manifests\/clusters\/[^/]+(?=\/)/.exec(path)?.[0] ?? [],
  ),
): Map<string, string> {
  return new Map(paths.map((path) => [path.split("/").at(-1)!, path]));
}

/** By cluster: the objects by identity, and the Kustomizations that fail. */
type State = ReadonlyMap<string, ClusterState>;
interface ClusterState {
  readonly objects: ReadonlyMap<string, { text: string; unit: string }>;
  readonly failures: ReadonlyMap<string, string>;
}

async function stateOf(
  reference: Reference,
  repository: string,
  revision: string,
  clusters: ReadonlyMap<string, string>,
  tags: Readonly<Record<string, string>>,
  before = "",
): Promise<State> {
  const answers = await Promise.all(
    [...clusters.values()].map((path) =>
      reference.ask({ op: "effective", repository, revision, before, path, tags }),
    ),
  );
  return new Map([...clusters.keys()].map((cluster, index) => [cluster, readState(answers[index]!)]));
}

function readState({ value, error }: Answer): ClusterState {
  if (error !== undefined) throw new Error(`reference: ${error}`);
  const objects = new Map<string, { text: string; unit: string }>();
  const failures = new Map<string, string>();
  for (const unit of value as ReferenceUnit[]) {
    if (unit.error !== undefined) failures.set(unit.id, unit.error);
    for (const object of unit.objects) {
      const { namespace, name } = object["metadata"] as { namespace?: string; name: string };
      objects.set(identity(String(object["apiVersion"]), String(object["kind"]), namespace, name), {
        text: canonical(object),
        unit: unit.id,
      });
    }
  }
  return { objects, failures };
}

/** What a Kustomization that fails had applied stays as it is. */
function differences(before: State, after: State): Map<string, string> {
  const found = new Map<string, string>();
  for (const cluster of new Set([...before.keys(), ...after.keys()])) {
    const old = before.get(cluster)?.objects ?? new Map<string, { text: string; unit: string }>();
    const now = after.get(cluster)?.objects ?? new Map<string, { text: string; unit: string }>();
    const failures = after.get(cluster)?.failures ?? new Map<string, string>();
    for (const [id, { text }] of now)
      if (old.get(id)?.text !== text) found.set(`${cluster}: ${id}`, old.has(id) ? "changed" : "added");
    for (const [id, { unit }] of old)
      if (!now.has(id) && !failures.has(unit)) found.set(`${cluster}: ${id}`, "removed");
    for (const [unit, error] of failures)
      if (before.get(cluster)?.failures.get(unit) === undefined)
        found.set(`${cluster}: failure of ${unit}`, error);
  }
  return found;
}

function identity(apiVersion: string, kind: string, namespace: string | undefined, name: string): string {
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  return `${kind}.${group} ${namespace ?? ""}/${name}`;
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    typeof item === "object" && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}

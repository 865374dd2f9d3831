import { dirname, normalize } from "node:path/posix";
import { load } from "js-yaml";
import { fieldChanges } from "../flux/field-changes.ts";
import type { Git } from "../git/git.ts";
import { clusterFolder } from "../synth/paths.ts";
import { changedPaths } from "./changed-paths.ts";
import { guardAt } from "./protected-clusters.ts";

/** How a merge changes what a protected cluster's stack makes, when somebody runs it. */
export interface StackChange {
  readonly cluster: string;
  /** One line each: `kubernetes "1.34" → "1.35"`, `stacks/index.ts`. Holds no value of a stack's configuration. */
  readonly changes: readonly string[];
}

/**
 * The protected clusters whose stack would make something else after the merge: by what their manifests say of the
 * definition, by the program (Pulumi.yaml and the folder of its `main`), or by the stack's own configuration.
 * @param merged a revision with what merging gives
 * @throws UserError if manifests are broken
 */
export async function stackChanges(git: Git, base: string, merged: string): Promise<StackChange[]> {
  const programs = new Set(
    (await Promise.all([base, merged].map((revision) => programAt(git, revision)))).flat(),
  );
  const changed = await changedPaths(git, base, merged);
  const program = changed.filter((path) =>
    [...programs].some((each) => path === each || path.startsWith(`${each}/`)),
  );
  const configurations = changed.filter((path) => /^Pulumi\.[^/]+\.yaml$/.test(path));
  const affected = new Set(configurations.map((path) => path.slice("Pulumi.".length, -".yaml".length)));
  for (const path of changed) {
    const cluster = /^manifests\/clusters\/([^/]+)\/platform\.yaml$/.exec(path)?.[1];
    if (cluster !== undefined) affected.add(cluster);
  }
  if (program.length > 0)
    for (const revision of [base, merged])
      for (const cluster of await clustersAt(git, revision)) affected.add(cluster);

  const found: StackChange[] = [];
  for (const cluster of [...affected].sort()) {
    const [before, after] = await Promise.all(
      [base, merged].map((revision) => guardAt(git, revision, cluster)),
    );
    if (before?.protected !== true && after?.protected !== true) continue;
    const changes = [
      ...(before?.stack === undefined || after?.stack === undefined
        ? []
        : inputChanges(before.stack, after.stack)),
      ...configurations.filter((path) => path === `Pulumi.${cluster}.yaml`),
      ...program,
    ];
    if (changes.length > 0) found.push({ cluster, changes });
  }
  return found;
}

/** What differs between what two stacks are made from, as the manifests have it. */
function inputChanges(before: string, after: string): string[] {
  return fieldChanges(parsed(before), parsed(after))
    .map((change) => `${change.path} ${shown(change.before)} → ${shown(change.after)}`)
    .sort();
}

const shown = (value: unknown) => (value === undefined ? "nothing" : JSON.stringify(value));

/** It may have been edited by hand. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The files and folders that the stacks' program is in. */
async function programAt(git: Git, revision: string): Promise<string[]> {
  const text = await git.show(revision, "Pulumi.yaml");
  if (text === undefined) return ["Pulumi.yaml"];
  let main: unknown;
  try {
    main = (load(text) as { main?: unknown } | null)?.main;
  } catch {
    // Broken on one side, it is a change of its own.
  }
  const path = normalize(typeof main === "string" ? main : "index.ts").replace(/\/$/, "");
  const folder = dirname(path);
  return ["Pulumi.yaml", /\.[cm]?[jt]s$/.test(path) && folder !== "." ? folder : path];
}

async function clustersAt(git: Git, revision: string): Promise<string[]> {
  const folder = clusterFolder("");
  const names = await git.run(["ls-tree", "-d", "--name-only", "-z", revision, folder]);
  return names
    .split("\0")
    .filter((path) => path !== "")
    .map((path) => path.slice(folder.length));
}

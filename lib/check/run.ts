import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ArtifactReader } from "../effective/artifacts.ts";
import { openClusters } from "../effective/open.ts";
import type { CheckSettings } from "../fleet/check-settings.ts";
import { unknownCluster } from "../fleet/suggestion.ts";
import { throwIfAny } from "../fleet/user-error.ts";
import type { Git } from "../git/git.ts";
import { loadFleet, type LoadedFleet } from "../synth/load.ts";
import { clustersFolder } from "../synth/paths.ts";
import { runRules } from "./engine.ts";
import { CheckedCluster, type CheckedFleet, type CustomKind } from "./fleet.ts";
import { type FindMaker, makersOf } from "./made.ts";
import { type CheckReport, locate } from "./report.ts";
import type { Finding } from "./rule.ts";
import { rules } from "./rules/index.ts";
import { type Unchecked, uncheckedOf } from "./unchecked.ts";

/** What to check, and how. */
export interface CheckOptions {
  /** Folders that clusters sync, in a repository that Sluice did not make. @default manifests/clusters/* */
  readonly paths?: readonly string[];
  /** The clusters to tell about. @default all */
  readonly clusters?: readonly string[] | undefined;
  /** Custom kinds that the fleet does not describe itself. */
  readonly kinds?: ReadonlyMap<string, CustomKind> | undefined;
  /** The version of Kubernetes of clusters whose definition does not say, such as `1.35`. */
  readonly kubernetes?: string | undefined;
  /** Reads releases that the clone does not have. @default they are told to be missing */
  readonly artifacts?: ArtifactReader | undefined;
  /** Asks clusters what they say of their objects. @default nobody is asked */
  readonly ask?: (fleet: CheckedFleet) => Promise<LiveAnswers>;
  /** `YYYY-MM-DD`: what exceptions are measured by. */
  readonly today: string;
}

/** What clusters said. */
export interface LiveAnswers {
  readonly findings: readonly Finding[];
  readonly unchecked: readonly Unchecked[];
}

/**
 * Checks what Flux will apply to every cluster of a repository, as the working tree has it.
 * @throws UserError if there is nothing to check, or the definitions or settings are wrong
 */
export async function checkRepository(git: Git, options: CheckOptions): Promise<CheckReport> {
  const { paths = [], kinds, kubernetes, artifacts, today } = options;
  const [effective, loaded] = await Promise.all([
    openClusters(git, { paths, ...(artifacts === undefined ? {} : { artifacts }) }),
    loadDefinitions(git.root),
  ]);
  const clusters = effective.map((cluster) => {
    const definition = loaded?.clusters.find(({ name }) => name === cluster.root.name);
    return new CheckedCluster(cluster, { definition, kubernetes, ...(kinds === undefined ? {} : { kinds }) });
  });
  const only = options.clusters;
  const names = clusters.map(({ name }) => name);
  throwIfAny(
    (only ?? [])
      .filter((name) => !names.includes(name))
      .map((name) => ({ message: unknownCluster(name, names) })),
    2,
  );
  const looked = only === undefined ? clusters : clusters.filter(({ name }) => only.includes(name));
  const answers = await options.ask?.({ clusters: looked });
  const fleet: CheckedFleet = { clusters, ...(answers === undefined ? {} : { live: answers.findings }) };
  const settings: CheckSettings = loaded?.fleet.check ?? {};
  const { findings, excepted, notices } = runRules(fleet, rules, { ...settings, today, only });
  // Most often there is nothing to find the makers of.
  const makers = findings.length === 0 || loaded === undefined ? undefined : await makersOf(loaded);
  const nobody: FindMaker = () => undefined;
  const unmade =
    makers?.problem === undefined
      ? []
      : [
          {
            clusters: looked.map(({ name }) => name),
            message: `which lines of TypeScript made the objects: the definitions cannot be synthesised (${makers.problem.where ?? clustersFolder}: ${makers.problem.message})`,
            remedy: "sluice synth tells all that is wrong with them",
          },
        ];
  return {
    problems: locate(fleet, findings, makers?.find ?? nobody),
    unchecked: [...uncheckedOf({ clusters: looked }), ...(answers?.unchecked ?? []), ...unmade],
    notices,
    excepted,
    clusters: looked.map(({ name }) => name),
    objects: looked.reduce((sum, { objects }) => sum + objects.length, 0),
  };
}

/** The fleet's definitions, where the repository has any. */
async function loadDefinitions(root: string): Promise<LoadedFleet | undefined> {
  return existsSync(join(root, clustersFolder, "fleet.ts")) ? loadFleet(root) : undefined;
}

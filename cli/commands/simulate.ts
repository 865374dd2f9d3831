import { styleText } from "node:util";
import { ArtifactReader } from "../../lib/effective/artifacts.ts";
import { Git } from "../../lib/git/git.ts";
import { simulateClusters } from "../../lib/simulate/simulate.ts";
import { simulationText } from "../../lib/simulate/text.ts";
import { openManifests } from "../repository.ts";

/** Options of the command. */
export interface SimulateOptions {
  readonly fail?: string;
  readonly base?: string;
  readonly given: readonly string[];
  readonly path?: readonly string[];
  readonly json?: boolean;
  readonly registry: boolean;
}

/** `sluice simulate`: what Flux makes of clusters, and what it does not. Exit code 1 if something never becomes Ready. */
export async function simulate(
  clusters: readonly string[],
  { fail, base, given, path = [], json = false, registry }: SimulateOptions,
): Promise<void> {
  const root = await openManifests(path);
  const found = await simulateClusters(new Git(root), {
    ...(clusters.length === 0 ? {} : { clusters }),
    ...(fail === undefined ? {} : { fail }),
    ...(base === undefined ? {} : { base }),
    given,
    paths: path,
    ...(registry ? { artifacts: new ArtifactReader() } : {}),
  });
  console.log(
    json
      ? JSON.stringify({ clusters: found }, null, 2)
      : simulationText(found, (style, text) => styleText(style, text)),
  );
  // What fails because it was told to is no problem that was found.
  if (fail === undefined && found.some(({ troubles }) => troubles.length > 0)) process.exitCode = 1;
}

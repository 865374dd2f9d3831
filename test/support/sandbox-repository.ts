import { Git } from "../../lib/git/git.ts";
import { runToEnd } from "../../lib/sandbox/steps.ts";
import { temporaryFolder, type TestFleet, testFleet } from "./fleet.ts";
import { lifeSteps, synthesiseHere } from "./sandbox-life.ts";

/** A cluster's versions.yaml, each version some lines apart from the next. */
export const versionsOf = (kubernetes: string, image: string): string =>
  `kubernetes: "${kubernetes}"\n# one\n# two\n# three\napps:\n  web:\n    image: ${image}\n`;

/** The small fleet with a sandbox `sandbox-a` of development, on its branch. */
export interface SandboxRepository {
  readonly fleet: TestFleet;
  /** The folder of its stacks. */
  readonly backend: string;
  readonly git: Git;
  /** Writes files, synthesises, and commits. */
  readonly edit: (files: Readonly<Record<string, string>>) => Promise<void>;
}

export async function sandboxRepository(): Promise<SandboxRepository> {
  const fleet = await testFleet({ "clusters/development/versions.yaml": versionsOf("1.35", "1.0.0") });
  const backend = temporaryFolder();
  await runToEnd(await lifeSteps("create", fleet.root, backend));
  return {
    fleet,
    backend,
    git: new Git(fleet.root),
    edit: async (files) => {
      fleet.write(files);
      await synthesiseHere(fleet.root);
      fleet.commit("edit");
    },
  };
}

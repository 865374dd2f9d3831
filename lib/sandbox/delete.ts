import { filesAt, treeWith } from "../git/commit-files.ts";
import type { Git } from "../git/git.ts";
import type { OpenStack, StackResult } from "../stack/automation.ts";
import { forgetConfig } from "../stack/config-file.ts";
import { configFile } from "../stack/stack-config.ts";
import type { Stacks } from "../stack/stacks.ts";
import { clusterFolder } from "../synth/paths.ts";
import { commitSteps } from "./commit-steps.ts";
import { removalOf } from "./describing.ts";
import { type OpenSandbox, openSandbox } from "./open.ts";
import type { Steps } from "./steps.ts";

/** What to delete. */
export interface DeleteRequest {
  readonly name: string;
  /** Leaves the cluster and its stack as they are. @default false */
  readonly keepCluster?: boolean;
}

/** What a delete does, or did. */
export interface Deleted {
  readonly name: string;
  readonly branch: string;
  /** What goes from git. */
  readonly files: readonly string[];
  /** What became of the stack; undefined where there is none, or it is kept. */
  readonly stack: StackResult | undefined;
  readonly commit?: string;
}

/**
 * Deletes a sandbox: takes down what Flux made, in order, then the cluster, forgets the stack, and only then takes
 * the folder out of git. Whatever ends it early leaves the folder there, and running it again goes on from where it was.
 * @param stacks undefined where the fleet's clusters are no stacks
 */
export function deleteSandbox(
  git: Git,
  { name, keepCluster = false }: DeleteRequest,
  stacks: Stacks | undefined,
  dryRun = false,
): Steps<Deleted> {
  let open: OpenSandbox | undefined;
  let stack: OpenStack | undefined;
  let result: StackResult | undefined;
  let removal: ReadonlyMap<string, undefined> = new Map();
  const ending = commitSteps(git, async () => {
    const { sandbox, head } = open!;
    return {
      head,
      tree: await treeWith(git, head, removal),
      message: `Delete sandbox ${name}\n\nSource: ${sandbox.from}\nOwner: ${sandbox.owner}\n`,
    };
  });
  const withStack = !keepCluster && stacks !== undefined;
  const openIt = {
    title: `Look for the stack ${name}`,
    run: async () => void (stack = withStack ? await stacks.open(name, git.root) : undefined),
  };
  return {
    plan: [
      {
        title: `Look for ${name} in git`,
        run: async () => {
          open = await openSandbox(git, name);
          removal = await removalAt(git, open);
        },
      },
      openIt,
      ...(dryRun
        ? [
            {
              title: "See what would be deleted",
              run: async (progress: (line: string) => void) =>
                void (result = await stack?.destroy(progress, { dryRun })),
            },
          ]
        : []),
    ],
    act: [
      {
        title: "Take down what Flux made, then the cluster",
        run: async (progress) => void (result = await stack?.destroy(progress)),
      },
      { title: "Forget the stack", run: async () => stack?.remove({ keepConfig: true }) },
      {
        title: "Forget its configuration",
        run: () => (withStack ? forgetConfig(git, name) : Promise.resolve()),
      },
      ...ending.steps,
    ],
    outcome: () => ({
      name,
      branch: open!.branch,
      files: [...removal.keys()].sort(),
      stack: result,
      ...ending.made(),
    }),
  };
}

/** What goes with a sandbox: its folder, its manifests, and its stack's configuration where git has that. */
export async function removalAt(
  git: Git,
  { name, folder, head, tree }: Pick<OpenSandbox, "name" | "folder" | "head" | "tree">,
): Promise<Map<string, undefined>> {
  const all = new Map<string, unknown>([...tree, ...(await filesAt(git, head, clusterFolder(name)))]);
  const removal = removalOf(all, name, folder);
  const config = configFile(name);
  if ((await git.try(["cat-file", "-e", `${head}:${config}`])) !== undefined) removal.set(config, undefined);
  return removal;
}

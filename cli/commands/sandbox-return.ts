import { styleText } from "node:util";
import { ArtifactReader } from "../../lib/effective/artifacts.ts";
import { impactText } from "../../lib/impact/text.ts";
import { renderer, synthesiseWith } from "../../lib/sandbox/render.ts";
import { returnSandbox } from "../../lib/sandbox/return.ts";
import { printNotices } from "../report.ts";
import { openRepository } from "../repository.ts";
import { runCommand } from "../stack-progress.ts";

/** Options of the command. */
export interface SandboxReturnOptions {
  readonly to?: string;
  readonly repository?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `sluice sandbox return`: the source gets what was changed in the sandbox, as one commit, or nothing happens. */
export async function sandboxReturn(
  name: string,
  { to, repository, dryRun = false, json = false }: SandboxReturnOptions,
): Promise<void> {
  const { root, git } = await openRepository();
  const render = renderer(git, synthesiseWith(root, process.argv[1]!));
  const request = {
    name,
    ...(to === undefined ? {} : { to }),
    ...(repository === undefined ? {} : { repository }),
  };
  const returned = await runCommand(returnSandbox(git, request, render, new ArtifactReader()), {
    dryRun,
    silent: json,
  });
  if (json) {
    console.log(JSON.stringify(returned, null, 2));
    return;
  }
  const { target, files, impact, commit, notices } = returned;
  printNotices(notices);
  if (files.length === 0) {
    console.log(`${target} has all that ${name} has: nothing to return`);
    return;
  }
  console.log(
    `Sandbox ${styleText("bold", name)} ${commit === undefined ? "would be returned" : "is returned"} to ${styleText("bold", target)}${commit === undefined ? " (nothing was changed)" : `, commit ${commit.slice(0, 10)}`}`,
  );
  for (const file of files) console.log(`  ${file}`);
  console.log();
  if (impact === undefined) console.log(`What Flux applies to ${target} stays as it is.`);
  else
    console.log(
      impactText(
        { base: "before", head: "the return", clusters: [impact], total: 1, later: [] },
        () => false,
        (style, text) => styleText(style, text),
      ),
    );
  if (commit !== undefined) console.log(`\nNext\n  sluice sandbox delete ${name}  # then merge the branch`);
}

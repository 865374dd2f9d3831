import { styleText } from "node:util";
import { ArtifactReader } from "../../lib/effective/artifacts.ts";
import { impactText } from "../../lib/impact/text.ts";
import { renderer, synthesiseWith } from "../../lib/sandbox/render.ts";
import { showSandbox } from "../../lib/sandbox/show.ts";
import { printNotices } from "../report.ts";
import { openRepository } from "../repository.ts";

/** Options of the command. */
export interface SandboxShowOptions {
  readonly json?: boolean;
}

/** `sluice sandbox show`: a sandbox, and how what Flux applies to it differs from a fresh clone of its source. */
export async function sandboxShow(name: string, { json = false }: SandboxShowOptions): Promise<void> {
  const { root, git } = await openRepository();
  const render = renderer(git, synthesiseWith(root, process.argv[1]!));
  const shown = await showSandbox(git, name, render, new ArtifactReader());
  if (json) {
    console.log(JSON.stringify(shown, null, 2));
    return;
  }
  const { sandbox, differences, sourceMoved, notices } = shown;
  printNotices(notices);
  console.log(
    [
      `Sandbox ${styleText("bold", name)}, a clone of ${styleText("bold", sandbox.from)} at ${sandbox.base.slice(0, 10)}`,
      `  purpose ${sandbox.purpose}, owner ${sandbox.owner}, branch ${sandbox.branch}`,
      `  created ${sandbox.created}, expires ${sandbox.expires}`,
      ...(sourceMoved ? [`  ${sandbox.from} has changed since: sluice sandbox sync ${name}`] : []),
      "",
      differences === undefined
        ? `Flux applies to it what it would apply to a fresh clone of ${sandbox.from}.`
        : impactText(
            {
              base: `a fresh clone of ${sandbox.from}`,
              head: name,
              clusters: [differences],
              total: 1,
              later: [],
            },
            () => false,
            (style, text) => styleText(style, text),
          ),
    ].join("\n"),
  );
}

import { printSandbox, type Sandbox } from "../fleet/sandbox.ts";
import { throwIfAny } from "../fleet/user-error.ts";
import { treeWith } from "../git/commit-files.ts";
import type { Git } from "../git/git.ts";
import { clustersFolder } from "../synth/paths.ts";
import { commitSteps } from "./commit-steps.ts";
import { sandboxFile } from "./describing.ts";
import { parseExpiry } from "./expiry.ts";
import { type OpenSandbox, openSandbox } from "./open.ts";
import type { Steps } from "./steps.ts";

/** What a sandbox's life is to be. */
export interface ExtendRequest {
  readonly name: string;
  /** A duration from now, or a date. See {@link parseExpiry}. */
  readonly expires: string;
}

/** A sandbox that lives longer, or would. */
export interface Extended {
  readonly name: string;
  readonly before: string;
  readonly expires: string;
  readonly commit?: string;
}

/** Lets a sandbox live longer: one commit that changes its sandbox.yaml. Its manifests do not say when it expires. */
export function extendSandbox(git: Git, { name, expires }: ExtendRequest, now: Date): Steps<Extended> {
  let open: OpenSandbox | undefined;
  let extended: Sandbox | undefined;
  const ending = commitSteps(git, async () => {
    const { folder, head } = open!;
    const path = `${clustersFolder}/${folder}/${sandboxFile}`;
    return {
      head,
      tree: await treeWith(git, head, new Map([[path, printSandbox(extended!)]])),
      message: `Extend sandbox ${name} to ${extended!.expires}\n`,
    };
  });
  return {
    plan: [
      {
        title: `Look for ${name} in git`,
        run: async () => {
          open = await openSandbox(git, name);
          const until = parseExpiry(expires, now);
          if ("problem" in until) throwIfAny([{ where: "--expires", message: until.problem }], 2);
          else if (until.expires <= open.sandbox.expires)
            throwIfAny([
              {
                where: "--expires",
                message: `it lives until ${open.sandbox.expires} already, which is no earlier than ${until.expires}`,
                remedy: "nothing was changed; to end it sooner, delete it",
              },
            ]);
          else {
            // Its owner is told anew when it expires anew.
            const { told: _, ...rest } = open.sandbox;
            extended = { ...rest, expires: until.expires };
          }
        },
      },
    ],
    act: ending.steps,
    outcome: () => ({
      name,
      before: open!.sandbox.expires,
      expires: extended!.expires,
      ...ending.made(),
    }),
  };
}

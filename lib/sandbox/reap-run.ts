import { type Problem, UserError } from "../fleet/user-error.ts";
import { type Git, GitError } from "../git/git.ts";
import type { Stacks } from "../stack/stacks.ts";
import { listSandboxes, type SandboxList } from "./list.ts";
import { branchName } from "./find.ts";
import { branchToMove } from "./found-branch.ts";
import type { Notice, Notify } from "./notify.ts";
import { planReap, toldOf, type ReapDecision, type ReapRules } from "./reap.ts";
import { reapSandbox } from "./reap-one.ts";
import { runToEnd } from "./steps.ts";
import { tellOnce } from "./told.ts";

/** What became of one sandbox. */
export interface Reaped extends ReapDecision {
  /** The commit that took it out of git. */
  readonly commit?: string;
  /** What kept it from being deleted, or its owner from being told. */
  readonly problems: readonly Problem[];
}

/** What a reap did, or would do. */
export interface ReapReport {
  readonly sandboxes: readonly Reaped[];
  /** Stacks that no branch has a cluster for: nobody's sandbox, as far as git knows, so never deleted. */
  readonly strays: SandboxList["strays"];
  readonly notices: readonly Problem[];
}

/** How a reap is carried out. */
export interface ReapOptions {
  readonly git: Git;
  readonly stacks: Stacks | undefined;
  readonly rules: Omit<ReapRules, "tells">;
  /** Whether anything is to be done. */
  readonly really: boolean;
  /** @default nobody is told */
  readonly notify?: Notify;
  readonly progress: (line: string) => void;
}

/** Tells the owners of what has expired, once, and deletes it after the grace. One that fails stops no other. */
export async function reap({
  git,
  stacks,
  rules,
  really,
  notify,
  progress,
}: ReapOptions): Promise<ReapReport> {
  const { sandboxes, strays, notices } = await listSandboxes(git, stacks, rules.now);
  const reaped: Reaped[] = [];
  for (const decision of planReap(sandboxes, { ...rules, tells: notify !== undefined })) {
    const problems: Problem[] = [];
    let commit: string | undefined;
    const attempt = async (work: () => Promise<void>): Promise<boolean> => {
      try {
        await work();
        return true;
      } catch (error) {
        if (error instanceof UserError) problems.push(...error.problems);
        else if (error instanceof GitError)
          problems.push({ where: decision.sandbox.name, message: error.message });
        else throw error;
        return false;
      }
    };
    const tell = async (event: Notice["event"], text: string) => notify?.(noticeOf(decision, event, text));
    const { name, sandbox } = decision.sandbox;
    if (really && decision.action === "tell")
      await attempt(() =>
        tellOnce(git, decision.sandbox, rules.now, () =>
          tell(
            "expired",
            `Sandbox ${name} has expired and is deleted after ${decision.due}, unless it is extended: git pull && sluice sandbox extend ${name} --expires 3d`,
          ),
        ),
      );
    else if (
      really &&
      decision.action === "delete" &&
      (await attempt(async () => {
        if (toldOf(sandbox!) !== undefined) return;
        await branchToMove(git, decision.sandbox); // nobody is told of what cannot be
        await tell("expired", `Sandbox ${name} has expired and is being deleted.`);
      }))
    ) {
      progress(`deleting ${name}`);
      const done = await attempt(async () => {
        commit = await runToEnd(reapSandbox(git, decision.sandbox, stacks), {
          progress: (line) => progress(`${name}: ${line}`),
        });
      });
      await attempt(() =>
        done
          ? tell("deleted", `Sandbox ${name} has been deleted.`)
          : tell("failed", `Sandbox ${name} could not be deleted: ${problems[0]?.message}`),
      );
    }
    reaped.push({ ...decision, problems, ...(commit === undefined ? {} : { commit }) });
  }
  return { sandboxes: reaped, strays, notices };
}

function noticeOf({ sandbox, due }: ReapDecision, event: Notice["event"], text: string): Notice {
  const own = sandbox.sandbox!;
  return {
    event,
    sandbox: sandbox.name,
    owner: own.owner,
    source: own.from,
    branch: branchName(sandbox.ref),
    expires: own.expires,
    due,
    text,
  };
}

import { createRelease, planRelease } from "../../lib/release/create.ts";
import { printNotices } from "../report.ts";
import { openRepository } from "../repository.ts";

/** Options of the command. */
export interface ReleaseCreateOptions {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `sluice release create`: an annotated tag with its notes, or nothing. */
export async function releaseCreate(
  version: string,
  { dryRun = false, json = false }: ReleaseCreateOptions,
): Promise<void> {
  const { git } = await openRepository();
  const plan = await planRelease(git, version, new Date());
  if (!dryRun) await createRelease(git, plan);
  const { commit, previous, pickUps, notes, notices, impact } = plan;
  if (json) {
    console.log(
      JSON.stringify(
        { version, created: !dryRun, commit, previous, pickUps, later: impact?.later ?? [], notes, notices },
        null,
        2,
      ),
    );
    return;
  }
  printNotices(notices);
  console.log(notes);
  console.log(
    dryRun
      ? `no tag was made: it would be of ${commit.slice(0, 12)}`
      : `${version} is tagged, of ${commit.slice(0, 12)}; to publish it: git push origin ${version}, and sluice artifact push --tag ${version} --key FILE`,
  );
}

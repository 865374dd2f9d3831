import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { UserError } from "../fleet/user-error.ts";
import { Git, GitError } from "./git.ts";

/** The branches of another repository, their commits now among this one's objects. */
export interface OtherRepository {
  /** Its URL, as others can reach it: of a clone the one that it was cloned from. */
  readonly url: string;
  /** The branch that is its main one. */
  readonly main: string;
  /** The commits of its branches, by name. */
  readonly branches: ReadonlyMap<string, string>;
}

/**
 * Fetches all branches of another repository, so that what is there can be read, compared and merged like what is
 * here. They are kept under references that nothing else looks at and that no push takes along; no tag comes.
 * @param location a URL, or the folder of a clone
 * @throws UserError if it cannot be fetched
 */
export async function fetchOther(git: Git, location: string): Promise<OtherRepository> {
  const local = !location.includes("://") && existsSync(location);
  const from = local ? resolve(location) : location;
  if (/^[a-z+]+:\/\/[^/@]*:[^/@]*@/.test(from))
    throw new UserError(
      {
        where: "--repository",
        message: "the URL has a password in it",
        remedy: "leave it out: git asks its credential helper, or an SSH agent",
      },
      2,
    );
  const under = `refs/sluice/other/${createHash("sha256").update(from).digest("hex").slice(0, 12)}/`;
  let head: string;
  try {
    await git.run([
      ...["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--prune", "--refmap="],
      ...["--", from, `+refs/heads/*:${under}*`],
    ]);
    head = await git.run(["ls-remote", "--symref", "--", from, "HEAD"]);
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    throw new UserError({
      where: from,
      message: `cannot be fetched: ${error.stderr.trim().split("\n")[0] ?? error.message}`,
      remedy: "see whether you may read it: git ls-remote",
    });
  }
  const list = await git.run(["for-each-ref", "--format=%(refname) %(objectname)", under]);
  const branches = new Map(
    list
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.slice(under.length).split(" ") as [string, string]),
  );
  const main = /^ref: refs\/heads\/(\S+)\s+HEAD$/m.exec(head)?.[1];
  const origin = local ? await new Git(from).try(["config", "--get", "remote.origin.url"]) : undefined;
  return {
    url: origin === undefined || existsSync(origin) ? from : origin,
    main: main !== undefined && branches.has(main) ? main : "main",
    branches,
  };
}

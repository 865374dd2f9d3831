import { literal } from "./literal.ts";
import type { Problem } from "./user-error.ts";

/** How a cluster sees whose a release is. */
export type Verification = KeyVerification | IdentityVerification;

/** By keys, one of which signed the release. */
export interface KeyVerification {
  /** The Secret in flux-system with their public halves, each a `*.pub` in cosign's format. */
  readonly secret: string;
  readonly identity?: never;
  readonly trustedRoot?: never;
}

/** By the identity of the CI's job that signed the release, without a key (`sluice artifact push --keyless`). */
export interface IdentityVerification {
  readonly identity: {
    /** Who gave out the identity token: `https://token.actions.githubusercontent.com`, `https://gitlab.com`. */
    readonly issuer: Match;
    /**
     * Whom the certificate names: in GitHub the workflow with its reference,
     * `/https:\/\/github\.com\/example\/fleet\/\.github\/workflows\/release\.yml@refs\/tags\/.+/`.
     */
    readonly subject: Match;
  };
  /** The Secret in flux-system with the `trusted_root.json` of a Fulcio and Rekor of one's own. @default Sigstore's public ones */
  readonly trustedRoot?: string;
  readonly secret?: never;
}

/** A text that has to be equal, or a pattern that the whole text has to match: one of RE2, as Flux is written in Go. */
export type Match = string | RegExp;

/** A match as the anchored pattern that Flux searches with. */
export function patternOf(match: Match): string {
  if (typeof match === "string") return `^${literal(match)}$`;
  return `${match.ignoreCase ? "(?i)" : ""}^(?:${match.source})$`;
}

/** What is wrong with how a fleet's releases are verified. */
export function verificationProblems(verification: Verification | undefined): Problem[] {
  if (verification?.identity === undefined) return [];
  const problems: Problem[] = [];
  for (const [name, match] of Object.entries<Match>(verification.identity)) {
    const where = "clusters/fleet.ts";
    const what = `the ${name} that releases are verified by`;
    if (typeof match === "string") {
      if (match === "") problems.push({ where, message: `${what} is empty` });
      continue;
    }
    const flags = match.flags.replace(/[ivu]/g, "");
    if (flags !== "")
      problems.push({
        where,
        message: `${what} has the flags '${flags}', which a match of the whole has not`,
      });
    const foreign = /\(\?<?[=!]|\\[1-9]|\\k</.exec(match.source.replaceAll("\\\\", ""));
    if (foreign !== null)
      problems.push({
        where,
        message: `${what} has '${foreign[0]}', which Go's regular expressions have not`,
        remedy:
          "write it without looking around and back references: https://github.com/google/re2/wiki/Syntax",
      });
    else if (match.test(""))
      problems.push({
        where,
        message: `${what} matches everything: anybody could sign`,
        remedy: "name who signs",
      });
  }
  return problems;
}

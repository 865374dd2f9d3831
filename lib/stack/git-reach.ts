import type { Problem } from "../fleet/user-error.ts";
import type { Machine } from "./machine.ts";

/** What Flux will read, and with what. */
export interface GitRequest {
  readonly url: string;
  readonly branch: string;
  /** @default git */
  readonly username?: string | undefined;
  /** The token, where it is known here in plain text. */
  readonly token?: string | undefined;
}

/**
 * Whether a branch can be read as Flux will read it. A server that this machine cannot reach is no problem: the
 * cluster may be nearer to it.
 */
export async function gitProblem(
  request: GitRequest,
  machine: Pick<Machine, "env" | "has" | "run">,
): Promise<Problem | undefined> {
  const { url, branch, username = "git", token } = request;
  if (!/^https?:/.test(url) || !machine.has("git")) return undefined;
  // In the environment, not among the arguments, which every process of the machine may read.
  const header = `Authorization: Basic ${Buffer.from(`${username}:${token}`).toString("base64")}`;
  const env = {
    GIT_TERMINAL_PROMPT: "0",
    GIT_ASKPASS: "true",
    GIT_CONFIG_COUNT: token === undefined ? "1" : "2",
    GIT_CONFIG_KEY_0: "credential.helper",
    GIT_CONFIG_VALUE_0: "",
    ...(token === undefined ? {} : { GIT_CONFIG_KEY_1: "http.extraHeader", GIT_CONFIG_VALUE_1: header }),
  };
  const { code, stderr } = await machine.run(
    "git",
    ["ls-remote", "--exit-code", url, `refs/heads/${branch}`],
    env,
  );
  if (code === 0) return undefined;
  if (code === 2)
    return {
      where: url,
      message: `it has no branch '${branch}', which the cluster is synced from`,
      remedy: `git push --set-upstream origin ${branch}`,
    };
  if (/Authentication failed|could not read (Username|Password)|\b40[13]\b/i.test(stderr))
    return {
      where: url,
      message:
        token === undefined
          ? "the git server wants credentials"
          : "the git server does not accept the git token",
      remedy:
        token === undefined
          ? "name the Secret in clusters/fleet.ts (repository.secret), and set gitToken"
          : "make a token that may read the repository, then: pulumi config set --secret gitToken TOKEN (or SLUICE_GIT_TOKEN)",
    };
  return undefined;
}

import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { UserError } from "../fleet/user-error.ts";

/** What a registry is asked with: a user and a password, or a token that buys access tokens. */
export type Credentials =
  { readonly username: string; readonly password: string } | { readonly identityToken: string };

/** Runs a program with something on its input and gives its output. */
export type RunHelper = (program: string, input: string) => Promise<string>;

interface DockerConfig {
  readonly auths?: Readonly<
    Record<string, { auth?: string; username?: string; password?: string; identitytoken?: string }>
  >;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

/**
 * The credentials that `docker login`, `flux` and `cosign` use too: from `$DOCKER_CONFIG/config.json`, or from
 * the credential helper that it names.
 * @returns undefined where it has none for the host
 * @throws UserError if the file cannot be read
 */
export async function dockerCredentials(
  host: string,
  folder = process.env["DOCKER_CONFIG"] ?? join(homedir(), ".docker"),
  run: RunHelper = runHelper,
): Promise<Credentials | undefined> {
  const file = join(folder, "config.json");
  let config: DockerConfig;
  try {
    config = JSON.parse(await readFile(file, "utf8")) as DockerConfig;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new UserError({ where: file, message: "cannot be read as JSON" });
  }
  const helper = config.credHelpers?.[host] ?? config.credsStore;
  if (helper !== undefined) {
    const got = await ask(run, helper, host);
    if (got !== undefined) return got;
  }
  const entry = config.auths?.[host] ?? config.auths?.[`https://${host}`];
  if (entry === undefined) return undefined;
  if (entry.identitytoken) return { identityToken: entry.identitytoken };
  if (entry.username !== undefined && entry.password !== undefined)
    return { username: entry.username, password: entry.password };
  const pair = Buffer.from(entry.auth ?? "", "base64").toString();
  const colon = pair.indexOf(":");
  return colon < 0 ? undefined : { username: pair.slice(0, colon), password: pair.slice(colon + 1) };
}

/** https://github.com/docker/docker-credential-helpers */
async function ask(run: RunHelper, helper: string, host: string): Promise<Credentials | undefined> {
  try {
    const answer = JSON.parse(await run(`docker-credential-${helper}`, host)) as {
      Username: string;
      Secret: string;
    };
    return answer.Username === "<token>"
      ? { identityToken: answer.Secret }
      : { username: answer.Username, password: answer.Secret };
  } catch {
    return undefined; // It has none, which helpers say by failing.
  }
}

const runHelper: RunHelper = (program, input) =>
  new Promise((resolve, reject) => {
    const child = execFile(program, ["get"], (error, stdout) =>
      error === null ? resolve(stdout) : reject(new Error(error.message)),
    );
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
  });

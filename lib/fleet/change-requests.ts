/** A service of one's own, over the protocol of docs/reference/change-request-protocol.md. */
export interface HttpChangeRequests {
  readonly kind: "http";
  /** Where it is, such as `https://changes.example.com/api`. */
  readonly url: string;
}

/** GitHub, by a status of the commit that one of the approvers sets. */
export interface GitHubChangeRequests {
  readonly kind: "github";
  /** `owner/name`, as GitHub has the fleet's repository. */
  readonly repository: string;
  /** The logins whose status counts, such as `change-board[bot]`: anyone with write access can set one. */
  readonly approvers: readonly string[];
  /** The status's context. @default sluice/change-request */
  readonly context?: string;
  /** The REST API. @default GITHUB_API_URL of the environment, then https://api.github.com */
  readonly api?: string;
}

/** A program that opens a change request or finds it, and tells its state. */
export interface CommandChangeRequests {
  readonly kind: "command";
  /** The program and its arguments, relative to the fleet's root. */
  readonly command: readonly string[];
}

/** Where a change that reaches a protected cluster gets its approval. Plain data: `sluice gate` reads it. */
export type ChangeRequests = HttpChangeRequests | GitHubChangeRequests | CommandChangeRequests;

/**
 * Change requests in a service of one's own.
 * @throws Error if the URL is none that a token may be sent to
 */
export function httpChangeRequests(options: Omit<HttpChangeRequests, "kind">): HttpChangeRequests {
  const problem = urlProblem(options.url);
  if (problem !== undefined) throw new Error(`httpChangeRequests: ${problem}`);
  return { kind: "http", ...options };
}

/**
 * Change requests as commit statuses in GitHub.
 * @throws Error if the repository's name, the approvers or the API's URL are none
 */
export function githubChangeRequests(options: Omit<GitHubChangeRequests, "kind">): GitHubChangeRequests {
  if (!/^[\w.-]+\/[\w.-]+$/.test(options.repository))
    throw new Error(`githubChangeRequests: repository '${options.repository}' is no owner/name`);
  if (options.approvers.length === 0)
    throw new Error("githubChangeRequests: without approvers nothing could ever be approved");
  const problem = options.api === undefined ? undefined : urlProblem(options.api);
  if (problem !== undefined) throw new Error(`githubChangeRequests: ${problem}`);
  return { kind: "github", ...options };
}

/**
 * Change requests through a program of one's own.
 * @throws Error if there is none
 */
export function commandChangeRequests(command: readonly string[]): CommandChangeRequests {
  if (command.length === 0 || command[0] === "")
    throw new Error("commandChangeRequests: names the program and its arguments");
  return { kind: "command", command };
}

/** Why a token may not be sent to a URL, or undefined. */
export function urlProblem(text: string): string | undefined {
  if (!URL.canParse(text)) return `'${text}' is no URL`;
  const url = new URL(text);
  if (url.username !== "" || url.password !== "")
    return "the URL has credentials in it: the token belongs into the environment";
  if (url.search !== "" || url.hash !== "") return `'${text}' has a query or fragment: give the path alone`;
  const local = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  return url.protocol === "https:" || (url.protocol === "http:" && local)
    ? undefined
    : `'${text}' is not https, so that a token sent there could be read on the way`;
}

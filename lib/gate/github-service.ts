import { type GitHubChangeRequests, urlProblem } from "../fleet/change-requests.ts";
import { UserError } from "../fleet/user-error.ts";
import {
  type Answer,
  type ChangeRequest,
  type ChangeService,
  ServiceError,
  shown,
} from "./change-request.ts";
import { fetchJson } from "./fetch-json.ts";

/** The environment's variable with the token: `statuses: write`, in GitHub's words. */
export const githubTokenVariable = "GITHUB_TOKEN";

/** Statuses that a page of GitHub's has, and pages that are read. A commit may have 1,000 of a context. */
const [pageSize, pages] = [100, 20];

interface Status {
  readonly context: string;
  readonly state: string;
  readonly description?: string | null;
  readonly target_url?: string | null;
  readonly creator?: { readonly login?: string } | null;
}

/**
 * Change requests as commit statuses: the gate sets `pending`, and the newest status of the same context that
 * one of the approvers has set is the decision. Anyone who can push can set a status, so others' count for nothing.
 * @see https://docs.github.com/en/rest/commits/statuses
 * @param environment where GITHUB_API_URL is
 * @throws UserError if there is no token, or it must not be sent there
 */
export function githubService(
  { repository, approvers, context = "sluice/change-request", api }: GitHubChangeRequests,
  token: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): ChangeService {
  const root = (api ?? (environment["GITHUB_API_URL"] || "https://api.github.com")).replace(/\/+$/, "");
  const problem = urlProblem(root);
  if (problem !== undefined) throw new UserError({ where: "changeRequests", message: problem }, 2);
  if (token === undefined)
    throw new UserError(
      {
        where: githubTokenVariable,
        message: "is not set in the environment",
        remedy: "give it a token that may write statuses",
      },
      2,
    );
  const deciders = new Set(approvers.map((login) => login.toLowerCase()));
  const common = {
    token,
    tokenVariable: githubTokenVariable,
    headers: { accept: "application/vnd.github+json", "x-github-api-version": "2022-11-28" },
  };
  return {
    name: `statuses '${context}' of ${repository} in GitHub`,
    async ask({ commit, clusters }: ChangeRequest, signal: AbortSignal): Promise<Answer> {
      const statuses: Status[] = [];
      for (let page = 1; page <= pages; page++) {
        const { data } = await fetchJson({
          method: "GET",
          url: `${root}/repos/${repository}/commits/${commit}/statuses?per_page=${pageSize}&page=${page}`,
          ...common,
          signal,
        });
        const some = readStatuses(data);
        statuses.push(...some.filter((status) => status.context === context));
        // Newest first: what comes after a decision is older.
        if (some.length < pageSize || statuses.some((status) => isBy(status, deciders))) break;
      }
      if (statuses.length === 0) {
        await fetchJson({
          method: "POST",
          url: `${root}/repos/${repository}/statuses/${commit}`,
          body: { state: "pending", context, description: describe(clusters) },
          ...common,
          signal,
        });
        return { state: "pending", reason: waitsFor(approvers) };
      }
      return answerOf(statuses, deciders, approvers);
    },
  };
}

function answerOf(
  statuses: readonly Status[],
  deciders: ReadonlySet<string>,
  approvers: readonly string[],
): Answer {
  const decided = statuses.find((status) => isBy(status, deciders));
  const url = decided?.target_url ?? statuses.at(-1)?.target_url;
  const place = typeof url === "string" && /^https?:\/\//.test(url) ? { url: shown(url) } : {};
  if (decided === undefined || decided.state === "pending") {
    const other = statuses.find(({ state }) => state === "success")?.creator?.login;
    return {
      state: "pending",
      ...place,
      reason: `${waitsFor(approvers)}${other === undefined ? "" : `; ${shown(other)}, who set it, is none of them`}`,
    };
  }
  return {
    state: decided.state === "success" ? "approved" : "rejected",
    ...place,
    by: shown(decided.creator!.login!),
    ...(typeof decided.description === "string" && decided.description !== ""
      ? { reason: shown(decided.description) }
      : {}),
  };
}

const isBy = ({ creator }: Status, deciders: ReadonlySet<string>): boolean =>
  typeof creator?.login === "string" && deciders.has(creator.login.toLowerCase());

const waitsFor = (approvers: readonly string[]): string => `waits for a status of ${approvers.join(" or ")}`;

/** GitHub takes at most 140 characters. */
function describe(clusters: readonly string[]): string {
  const text = `Reaches ${clusters.join(", ")}: waits for an approval`;
  return text.length <= 140 ? text : `Reaches ${clusters.length} protected clusters: waits for an approval`;
}

const states = ["pending", "success", "failure", "error"];

function readStatuses(data: unknown): Status[] {
  const malformed = (what: string) => new ServiceError(`its answer is malformed: ${what}`);
  if (!Array.isArray(data)) throw malformed("the statuses are no list");
  for (const status of data as Partial<Status>[]) {
    if (typeof status !== "object" || (status as unknown) === null || typeof status.context !== "string")
      throw malformed("a status has no context");
    if (!states.includes(String(status.state)))
      throw malformed(`a status is ${shown(JSON.stringify(status.state))}, not one of ${states.join(", ")}`);
  }
  return data as Status[];
}

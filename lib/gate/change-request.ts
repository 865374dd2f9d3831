/** What a change asks for: one for each commit, however often it is asked. */
export interface ChangeRequest {
  /** The commit that is to be merged, its full hash: the request's key. */
  readonly commit: string;
  /** The commit of the branch that it is to be merged into. */
  readonly base: string;
  /** The fleet's repository. */
  readonly repository: string;
  /** The commit's first line. */
  readonly subject: string;
  /** The commit's author: `Ann <ann@example.com>`. */
  readonly author: string;
  /** The protected clusters that the change reaches. */
  readonly clusters: readonly string[];
  /** What it does to them, as Markdown. Holds no value of a Secret. */
  readonly summary: string;
}

export const requestStates = ["pending", "approved", "rejected"] as const;
export type RequestState = (typeof requestStates)[number];

/** How a change request stands. */
export interface Answer {
  readonly state: RequestState;
  /** Its name in the service, such as `CHG0042`. */
  readonly id?: string;
  /** Where people see it. */
  readonly url?: string;
  /** Who decided. */
  readonly by?: string;
  /** Why, or what it waits for. */
  readonly reason?: string;
}

/** Where change requests are. */
export interface ChangeService {
  /** For messages, such as `https://changes.example.com`. */
  readonly name: string;
  /**
   * Finds the request of the commit, opens it if there is none, and says how it stands. Done again it changes nothing.
   * @throws ServiceError
   */
  ask(request: ChangeRequest, signal: AbortSignal): Promise<Answer>;
}

/** A service that gave no answer to go by: the gate stays closed. Its message holds no token. */
export class ServiceError extends Error {
  override readonly name = "ServiceError";
  /** Whether the same may succeed later. */
  readonly transient: boolean;
  /** What to do about it. */
  readonly remedy: string | undefined;

  constructor(message: string, { transient = false, remedy }: { transient?: boolean; remedy?: string } = {}) {
    super(message);
    this.transient = transient;
    this.remedy = remedy;
  }
}

/**
 * Reads an answer that comes from outside.
 * @param commit what was asked for: an answer to anything else counts for nothing
 * @throws ServiceError naming what is wrong with it
 */
export function readAnswer(data: unknown, commit: string): Answer {
  const malformed = (what: string) => new ServiceError(`its answer is malformed: ${what}`);
  if (typeof data !== "object" || data === null || Array.isArray(data))
    throw malformed("it is no JSON object");
  const given = data as Record<string, unknown>;
  if (given["commit"] !== commit)
    throw malformed(
      `it is about commit ${typeof given["commit"] === "string" ? shown(given["commit"]) : "?"}, not ${commit}`,
    );
  const state = requestStates.find((known) => known === given["state"]);
  if (state === undefined)
    throw malformed(
      `state is one of ${requestStates.join(", ")}, not ${shown(JSON.stringify(given["state"]))}`,
    );
  const texts: Record<string, string> = {};
  for (const key of ["id", "url", "by", "reason"]) {
    const value = given[key];
    if (value === undefined || value === null) continue;
    if (typeof value !== "string") throw malformed(`${key} is no text`);
    texts[key] = shown(value);
  }
  if (state !== "pending" && (texts["by"] ?? "").trim() === "")
    throw malformed(`it is ${state}, but 'by' does not say by whom`);
  if (texts["url"] !== undefined && !/^https?:\/\//.test(texts["url"]))
    throw malformed(`url '${texts["url"]}' is no web address`);
  return { state, ...texts };
}

/** Text from outside, fit for one line of a log. */
export function shown(text: string): string {
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ").trim();
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}

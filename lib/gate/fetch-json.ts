import { ServiceError, shown } from "./change-request.ts";

/** One request of a service. */
export interface JsonRequest {
  readonly method: "GET" | "PUT" | "POST";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Goes into the Authorization header, and nowhere else. */
  readonly token: string | undefined;
  /** The environment's variable that the token is from, for messages. */
  readonly tokenVariable: string;
  readonly signal: AbortSignal;
}

/** An answer with a status that the caller expects, its JSON read. */
export interface JsonAnswer {
  readonly status: number;
  readonly data: unknown;
}

/** Seconds that one request may take. */
const patience = 20;
/** Bytes that an answer may have. */
const largest = 4 << 20;

/**
 * Asks a service for JSON. Redirects are not followed: they would carry the token to a place that nobody has named.
 * @param expected further statuses than 200 and 201 that are answers
 * @throws ServiceError for everything else; transient where it is worth asking again
 */
export async function fetchJson(request: JsonRequest, expected: readonly number[] = []): Promise<JsonAnswer> {
  const { method, url, headers, body, token, signal } = request;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(patience * 1000)]);
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method,
      redirect: "manual",
      signal: limit,
      headers: {
        accept: "application/json",
        "user-agent": "sluice",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    text = await readText(response);
  } catch (error) {
    if (error instanceof ServiceError) throw error;
    throw new ServiceError(describeFailure(error as Error, request), { transient: true });
  }
  refuseStatus(response, text, request, expected);
  if (expected.includes(response.status)) return { status: response.status, data: undefined };
  try {
    return { status: response.status, data: JSON.parse(text) as unknown };
  } catch {
    throw new ServiceError(
      `its answer is malformed: it is no JSON (${shown(withoutToken(text, token)).slice(0, 80)})`,
    );
  }
}

function refuseStatus(
  { status, headers }: Response,
  text: string,
  { method, url, token, tokenVariable }: JsonRequest,
  expected: readonly number[],
): void {
  if (status === 200 || status === 201 || expected.includes(status)) return;
  const what = `${method} ${url} was answered ${status}`;
  if (status >= 300 && status < 400)
    throw new ServiceError(
      `${what}, a redirect to ${shown(withoutToken(headers.get("location") ?? "nowhere", token))}`,
      {
        remedy:
          "give the address that answers: redirects are not followed, as they would carry the token along",
      },
    );
  if (status === 401 || status === 403)
    throw new ServiceError(what, {
      remedy:
        token === undefined
          ? `set the environment's ${tokenVariable}`
          : `see whether the token in the environment's ${tokenVariable} is right, and may do this`,
    });
  const said = shown(withoutToken(text, token));
  throw new ServiceError(said === "" ? what : `${what}: ${said}`, {
    transient: status >= 500 || status === 429 || status === 408,
  });
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += (chunk as Uint8Array).length;
    if (length > largest) throw new ServiceError(`its answer is malformed: it has over ${largest >> 20} MiB`);
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString();
}

function describeFailure(error: Error, { method, url, token }: JsonRequest): string {
  const cause = error.cause as NodeJS.ErrnoException | undefined;
  const why =
    error.name === "TimeoutError"
      ? `did not answer within ${patience} seconds`
      : error.name === "AbortError"
        ? "did not answer in time"
        : `cannot be reached: ${cause?.code ?? cause?.message ?? error.message}`;
  return withoutToken(`${method} ${url} ${why}`, token);
}

/** Whatever a service sends back, the token is not to be seen in a log. */
export function withoutToken(text: string, token: string | undefined): string {
  return token === undefined || token === "" ? text : text.replaceAll(token, "***");
}

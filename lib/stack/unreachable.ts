const codes: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nobody listens there",
  ENOTFOUND: "its name is unknown",
  EAI_AGAIN: "its name could not be looked up",
  ETIMEDOUT: "no answer",
  EHOSTUNREACH: "no way there",
  ENETUNREACH: "no way there",
  ECONNRESET: "the connection was cut",
  UND_ERR_CONNECT_TIMEOUT: "no answer",
};

/** Why an error means that a server could not be reached, in words; undefined where it means something else. */
export function unreachable(error: unknown): string | undefined {
  for (
    let at = error as { code?: unknown; cause?: unknown; errors?: unknown[] } | undefined;
    at !== undefined && at !== null;
  ) {
    const reason = typeof at.code === "string" ? codes[at.code] : undefined;
    if (reason !== undefined) return reason;
    at = (at.cause ?? at.errors?.[0]) as typeof at;
  }
  return undefined;
}

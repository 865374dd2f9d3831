import type { Problem } from "../fleet/user-error.ts";

/** What Pulumi says, and what to do about it. */
const remedies: readonly { readonly pattern: RegExp; readonly remedy: (stack: string) => string }[] = [
  {
    pattern: /passphrase must be set|incorrect passphrase/i,
    remedy: () =>
      "set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE to the passphrase of the stack's secrets",
  },
  {
    pattern: /currently locked|another update is currently in progress|conflict: Another update/i,
    remedy: (stack) =>
      `wait for the other run; if it has died, pulumi cancel --stack ${stack} and run this again`,
  },
  {
    pattern:
      /is protected|cannot be deleted because it is protected|as it is currently marked for protection/i,
    remedy: (stack) => `the cluster is protected: add --confirm ${stack} if it is to be destroyed`,
  },
  {
    pattern:
      /cluster is unreachable|connection refused|no such host|i\/o timeout|unable to load schema information/i,
    remedy: () =>
      "see that the cluster runs and that this machine reaches its API, then run this again: it goes on from here",
  },
  {
    pattern: /\b401\b|Unauthorized|must be logged in to the server/i,
    remedy: () => "the cluster does not accept the credentials: renew them, then run this again",
  },
  {
    pattern:
      /ExpiredToken|InvalidClientTokenId|no valid credential sources|NoCredentialProviders|AuthFailure/i,
    remedy: () => "AWS does not accept the credentials: aws sso login or AWS_PROFILE, then run this again",
  },
  {
    pattern:
      /(no resource plugin|could not load plugin|failed to (load|install) plugin|plugin .* not found)/i,
    remedy: () => "a plugin of Pulumi is missing: pulumi install",
  },
  {
    pattern: /Cannot connect to the Docker daemon/i,
    remedy: () => "start Docker, then run this again",
  },
  {
    pattern: /port is already allocated|address already in use/i,
    remedy: () => "free the port, or map another in cluster.ts",
  },
  {
    pattern: /that this stack did not make/,
    remedy: () => "delete that cluster if nobody needs it, or rename this one",
  },
  {
    // A backend of files keeps what it knows of each file beside it, and writes that in place.
    pattern: /failed to load checkpoint: EOF/i,
    remedy: (stack) =>
      `the run before was cut off while it wrote. The state is whole: delete the empty ${stack}.json.attrs, which ` +
      "is beside it in the backend, and run this again: it goes on from there",
  },
  {
    // The file itself is renamed into its place: only a machine that lost its power leaves one that is cut off.
    pattern: /failed to load checkpoint: .*unexpected end of JSON/i,
    remedy: (stack) =>
      `the state is cut off. Copy the one before it, ${stack}.json.bak, which is beside it in the backend, over ` +
      `${stack}.json, and run this again`,
  },
  {
    pattern: /no space left on device/i,
    remedy: () => "free disk space, then run this again: it goes on from here",
  },
];

/**
 * What a failed run has to say, one problem for each thing that failed.
 * @param diagnostics errors as Pulumi reported them, with the resource that they are about; Pulumi has put
 *   `[secret]` for secrets in them
 */
export function failureProblems(
  stack: string,
  diagnostics: readonly { readonly resource: string | undefined; readonly message: string }[],
): Problem[] {
  const seen = new Set<string>();
  const problems: Problem[] = [];
  for (const { resource, message } of diagnostics) {
    // The command plugin puts the whole command before what the command printed.
    const text = message.replace(/^exit status \d+: running "(?:\\.|[^"\\])*":?\s*/, "").trim();
    // Pulumi ends with the sum of what failed before.
    if (text === "" || text === "update failed" || /^preview failed$|^destroy failed$/.test(text)) continue;
    const key = `${resource}\0${text}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const remedy = remedies.find(({ pattern }) => pattern.test(text))?.remedy(stack);
    problems.push({
      where: resource ?? `stack ${stack}`,
      message: text,
      remedy: remedy ?? "mend it and run this again: what is done stays done",
    });
  }
  return problems;
}

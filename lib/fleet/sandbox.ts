import type { SandboxPurpose } from "./environment-types.ts";
import { clusterNameProblem } from "./names.ts";
import type { Provider } from "./providers.ts";
import { suggestion } from "./suggestion.ts";
import { branchProblem } from "./tracks.ts";
import type { Problem } from "./user-error.ts";
import { readMapping } from "./yaml-mapping.ts";

export const sandboxPurposes: readonly SandboxPurpose[] = ["platform", "performance", "application"];

/** What is a sandbox's own, and never returns to its source: the content of sandbox.yaml. */
export interface Sandbox {
  /** The cluster that it is a clone of. */
  readonly from: string;
  /** The repository that its source is in, where that is another. @default the sandbox's own */
  readonly repository?: string;
  /** The commit of the source that was cloned, 40 or 64 hexadecimal digits. */
  readonly base: string;
  /** The branch that the sandbox is synced from, and that what tracked a branch tracks instead. */
  readonly branch: string;
  readonly purpose: SandboxPurpose;
  /** Who answers for it: a mail address or a name. */
  readonly owner: string;
  /** When it was made, in UTC, to the second. */
  readonly created: string;
  /** When it may be deleted, in UTC, to the second. */
  readonly expires: string;
  /** When its owner was told that it has expired, in UTC, to the second. @default not yet */
  readonly told?: string;
  /** Where it runs. @default as its source */
  readonly provider?: Provider;
}

const keys = [
  "from",
  "repository",
  "base",
  "branch",
  "purpose",
  "owner",
  "created",
  "expires",
  "told",
  "provider",
] as const;

/** What a sandbox may have, and need not. */
const optional: readonly string[] = ["repository", "told", "provider"];

/** Reads a sandbox.yaml: the sandbox, or every problem. */
export function parseSandbox(text: string, file: string): { sandbox: Sandbox } | { problems: Problem[] } {
  const read = readMapping(text, file);
  if ("problems" in read) return read;
  const { given } = read;
  const problems: Problem[] = [];
  const refuse = (message: string) => problems.push({ where: file, message });
  for (const key of Object.keys(given))
    if (!(keys as readonly string[]).includes(key))
      refuse(`'${key}' is not part of a sandbox${suggestion(key, keys)}`);
  for (const key of keys)
    if (key === "provider" || (optional.includes(key) && given[key] === undefined)) continue;
    else if (typeof given[key] !== "string" || given[key] === "") refuse(`'${key}' is missing`);
  if (problems.length > 0) return { problems };

  const { from, repository, base, branch, purpose, owner, created, expires, told } = given as Record<
    string,
    string
  >;
  const name = clusterNameProblem(from!);
  if (name !== undefined) refuse(`from: ${name}`);
  if (!/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(base!)) refuse(`base: '${base}' is no commit's full hash`);
  const ref = branchProblem(branch!);
  if (ref !== undefined) refuse(`branch: ${ref}`);
  if (!(sandboxPurposes as readonly string[]).includes(purpose!))
    refuse(`purpose: '${purpose}' is not one of ${sandboxPurposes.join(", ")}`);
  for (const [key, value] of Object.entries({ created, expires, ...(told === undefined ? {} : { told }) }))
    if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value!) || Number.isNaN(Date.parse(value!)))
      refuse(`${key}: '${value}' is no time such as 2026-11-24T09:00:00Z`);
  const provider = given["provider"] === undefined ? undefined : readProvider(given["provider"]);
  if (typeof provider === "string") refuse(`provider: ${provider}`);
  if (problems.length > 0) return { problems };
  return {
    sandbox: {
      from: from!,
      ...(repository === undefined ? {} : { repository }),
      base: base!,
      branch: branch!,
      purpose: purpose as SandboxPurpose,
      owner: owner!,
      created: created!,
      expires: expires!,
      ...(told === undefined ? {} : { told }),
      ...(provider === undefined ? {} : { provider: provider as Provider }),
    },
  };
}

function readProvider(given: unknown): Provider | string {
  const { kind, context, ...rest } = (typeof given === "object" ? given : {}) as Record<string, unknown>;
  if (Object.keys(rest).length > 0) return `'${Object.keys(rest)[0]}' is not part of a sandbox's provider`;
  if ((kind === "kind" || kind === "kwok") && context === undefined) return { kind };
  if (kind === "existing" && typeof context === "string" && context !== "") return { kind, context };
  return "is { kind: kind }, { kind: kwok } or { kind: existing, context: … }";
}

/** The text of a sandbox.yaml, one scalar a line. */
export function printSandbox(sandbox: Sandbox): string {
  const lines = [
    "# What is this sandbox's own. It overrides cluster.ts and versions.yaml, and never returns to the source.",
  ];
  for (const key of keys) {
    const value = sandbox[key];
    if (typeof value === "string") lines.push(`${key}: ${scalar(value)}`);
    else if (value?.kind === "existing")
      lines.push("provider:", "  kind: existing", `  context: ${scalar(value.context)}`);
    else if (value !== undefined) lines.push("provider:", `  kind: ${value.kind}`);
  }
  return `${lines.join("\n")}\n`;
}

const scalar = (value: string) => (/^[A-Za-z0-9][\w./@+-]*$/.test(value) ? value : JSON.stringify(value));

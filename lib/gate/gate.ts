import type { ChangeRequests } from "../fleet/change-requests.ts";
import { UserError } from "../fleet/user-error.ts";
import type { Git } from "../git/git.ts";
import { impactMarkdown } from "../impact/markdown.ts";
import type { ChangeRequest, ChangeService } from "./change-request.ts";
import { commandService } from "./command-service.ts";
import type { Examination } from "./examine.ts";
import type { StackChange } from "./stack-changes.ts";
import { githubService, githubTokenVariable } from "./github-service.ts";
import { httpService, httpTokenVariable } from "./http-service.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The service that a fleet asks for approvals.
 * @param root the fleet's folder, where a command runs
 * @param environment where tokens are, and nowhere else
 * @throws UserError if the fleet names none, or the environment lacks its token
 */
export function changeService(
  settings: ChangeRequests | undefined,
  root: string,
  environment: Environment,
): ChangeService {
  const token = (variable: string) => environment[variable] || undefined;
  switch (settings?.kind) {
    case undefined:
      throw new UserError({
        where: "clusters/fleet.ts",
        message: "names nothing that could approve a change of a protected cluster",
        remedy: "give defineFleet changeRequests: docs/how-to/gate.md",
      });
    case "http":
      return httpService(settings, token(httpTokenVariable));
    case "github":
      return githubService(settings, token(githubTokenVariable), environment);
    case "command":
      return commandService(settings, root, [token(httpTokenVariable), token(githubTokenVariable)]);
  }
}

/** What to ask for a change that reaches protected clusters. */
export async function changeRequestFor(
  git: Git,
  { base, commit, impact, reached, stacks }: Examination,
  repository: string,
  overrides: readonly string[] = [],
): Promise<ChangeRequest> {
  const [subject = "", author = ""] = (
    await git.run(["show", "--no-patch", "--format=%s%n%an <%ae>", commit])
  ).split("\n");
  const clusters = impact.clusters.filter(({ cluster }) => reached.includes(cluster));
  const summary = [
    impactMarkdown({ ...impact, clusters, later: [] }, () => true),
    ...stacks.map((change) => `- ${describeStackChange(change)}`),
    ...overrides.map((line) => `- without evidence, for a reason that is recorded: ${line}`),
  ].join("\n");
  return {
    commit,
    base,
    repository: withoutCredentials(repository),
    subject,
    author,
    clusters: reached,
    summary,
  };
}

/** A change of a stack, in a line. */
export const describeStackChange = ({ cluster, changes }: StackChange): string => {
  const shown = changes.length > 5 ? [...changes.slice(0, 5), `… (${changes.length})`] : changes;
  return `the stack of ${cluster} changes, which pulumi up makes and no merge: ${shown.join(", ")}`;
};

function withoutCredentials(text: string): string {
  if (!URL.canParse(text)) return text;
  const url = new URL(text);
  url.password = "";
  if (url.protocol.startsWith("http")) url.username = "";
  return url.href;
}

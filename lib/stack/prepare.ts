import type { Cluster } from "../fleet/cluster.ts";
import { existing } from "../fleet/providers.ts";
import { type Problem, throwIfAny, UserError } from "../fleet/user-error.ts";
import type { StackRequest } from "./automation.ts";
import { type Backend, chooseBackend } from "./backend.ts";
import { fluxObjects } from "./flux-objects.ts";
import { gitProblem } from "./git-reach.ts";
import type { Machine } from "./machine.ts";
import { preflight } from "./preflight.ts";
import { readProject, readStackConfig } from "./project.ts";
import {
  fluxInstall,
  missingSettings,
  type SettingName,
  settingProblems,
  settingsFrom,
} from "./stack-config.ts";

/** What is to run. */
export interface PrepareRequest {
  readonly root: string;
  readonly cluster: Cluster;
  /** The stack's name. @default the cluster's */
  readonly stack?: string;
  /** Settings beside those of the environment and of the stack's own file. */
  readonly settings?: Readonly<Partial<Record<SettingName, string>>>;
  readonly machine: Machine;
}

/**
 * Checks everything that can be checked before a stack runs, and says all that is missing at once.
 * @throws UserError
 */
export async function prepareStack(request: PrepareRequest): Promise<StackRequest> {
  const { root, cluster, machine } = request;
  const stack = request.stack ?? cluster.name;
  const project = readProject(root);
  const given = { ...settingsFrom(machine.env), ...request.settings };
  const { values } = readStackConfig(root, project.name, stack);
  const own = Object.fromEntries(
    Object.entries(values)
      .filter(([key]) => key.startsWith(`${project.name}:`))
      .map(([key, value]) => [key.slice(project.name.length + 1), value]),
  );
  const setting = (name: SettingName) => given[name] ?? own[name];
  const context = setting("context");
  const kubeconfig = setting("kubeconfig");
  const provider =
    context === undefined
      ? cluster.provider
      : existing({ context, ...(kubeconfig === undefined ? {} : { kubeconfig }) });
  const backend = chooseBackend(provider, project.backend, machine);
  const install = fluxInstall(cluster, setting("flux"));
  const problems: Problem[] = [
    ...settingProblems({ ...own, ...given }, stack),
    ...missingSettings(cluster, (name) => setting(name) !== undefined, install, stack),
    ...("problem" in backend ? [backend.problem] : []),
    ...(await preflight({
      cluster: { name: stack, provider, versions: cluster.versions },
      machine,
      insideNetwork: setting("insideNetwork") === "true",
    })),
  ];
  // A token that only the stack's configuration has is encrypted here.
  const encrypted = given.gitToken === undefined && own["gitToken"] !== undefined;
  const { repository } = cluster.fleet;
  if (!encrypted && (repository.secret === undefined || given.gitToken !== undefined)) {
    const unread = await gitProblem(
      {
        url: repository.url,
        branch: cluster.branch,
        username: setting("gitUsername"),
        token: given.gitToken,
      },
      machine,
    );
    if (unread !== undefined) problems.push(unread);
  }
  try {
    fluxObjects(root, cluster);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    problems.push(...error.problems);
  }
  throwIfAny(problems);
  return { root, stack, backend: backend as Backend, settings: given };
}

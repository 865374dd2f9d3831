import type { Cluster } from "../fleet/cluster.ts";
import { existing } from "../fleet/providers.ts";
import { type Problem, throwIfAny } from "../fleet/user-error.ts";
import type { StackRequest } from "./automation.ts";
import { type Backend, chooseBackend } from "./backend.ts";
import type { Machine } from "./machine.ts";
import { readProject } from "./project.ts";
import { settingsFrom } from "./stack-config.ts";

/**
 * Why a cluster may not be destroyed as asked: a sandbox may, any other has to be named a second time.
 * @param confirmed what the user gave as confirmation
 */
export function destroyProblem(
  { name, type, sandbox }: Pick<Cluster, "name" | "type" | "sandbox">,
  confirmed: string | undefined,
): Problem | undefined {
  if (confirmed === name || (sandbox !== undefined && confirmed === undefined)) return undefined;
  return {
    where: name,
    message:
      confirmed !== undefined
        ? `the confirmation is for '${confirmed}', not for '${name}'`
        : type.protected
          ? "it is protected: destroying it takes a confirmation"
          : "it is no sandbox: destroying it takes a confirmation",
    remedy: `sluice sandbox destroy ${name} --confirm ${name}`,
  };
}

/**
 * The stack to destroy. Nothing else is checked: what is not there any more must not keep it from being destroyed.
 * @throws UserError if its state cannot be found
 */
export function stackToDestroy(
  root: string,
  cluster: Pick<Cluster, "name" | "provider">,
  machine: Machine,
  attached?: { readonly stack: string; readonly context: string },
): StackRequest {
  const provider = attached === undefined ? cluster.provider : existing({ context: attached.context });
  const backend = chooseBackend(provider, readProject(root).backend, machine);
  throwIfAny("problem" in backend ? [backend.problem] : []);
  const { teardownTimeout } = settingsFrom(machine.env);
  return {
    root,
    stack: attached?.stack ?? cluster.name,
    backend: backend as Backend,
    settings: teardownTimeout === undefined ? {} : { teardownTimeout },
  };
}

import { existsSync } from "node:fs";
import { join } from "node:path";
import { throwIfAny } from "../fleet/user-error.ts";
import { type KnownStack, listStacks, openStackIfAny, type OpenStack } from "./automation.ts";
import { type Backend, chooseBackend } from "./backend.ts";
import type { Machine } from "./machine.ts";
import { readProject } from "./project.ts";
import { settingsFrom } from "./stack-config.ts";

/** The stacks of a fleet, whatever git says of their clusters. */
export interface Stacks {
  /** @throws UserError if the backend cannot be asked */
  list(): Promise<KnownStack[]>;
  /** @param root the checkout whose program knows the cluster @returns undefined where there is no such stack */
  open(name: string, root: string): Promise<OpenStack | undefined>;
}

/** The stacks of a repository, or undefined where its clusters are no stacks of Pulumi. @throws UserError */
export function stacksOf(root: string, machine: Machine): Stacks | undefined {
  if (!existsSync(join(root, "Pulumi.yaml"))) return undefined;
  // What a stack is made of does not matter here: a paid one is never in files of this machine.
  const chosen = chooseBackend({ kind: "kind" }, readProject(root).backend, machine);
  throwIfAny("problem" in chosen ? [chosen.problem] : []);
  const backend = chosen as Backend;
  const wantPulumi = () => {
    const npm = existsSync(join(root, "node_modules/.bin/pulumi"));
    if (!npm && !machine.has("pulumi"))
      throwIfAny([
        {
          message: "the Pulumi CLI is not installed, so nobody can say what stacks there are",
          remedy: "install it: https://www.pulumi.com/docs/install, or npm install --save-dev pulumi",
        },
      ]);
  };
  return {
    list: async () => {
      wantPulumi();
      return listStacks(root, backend);
    },
    open: async (name, folder) => {
      wantPulumi();
      const { teardownTimeout } = settingsFrom(machine.env);
      return openStackIfAny({
        root: folder,
        stack: name,
        backend,
        settings: teardownTimeout === undefined ? {} : { teardownTimeout },
      });
    },
  };
}

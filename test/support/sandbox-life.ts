import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../lib/fleet/user-error.ts";
import { Git } from "../../lib/git/git.ts";
import { createSandbox } from "../../lib/sandbox/create.ts";
import { deleteSandbox } from "../../lib/sandbox/delete.ts";
import { extendSandbox } from "../../lib/sandbox/extend.ts";
import { findSandboxes } from "../../lib/sandbox/find.ts";
import { reapSandbox } from "../../lib/sandbox/reap-one.ts";
import { renderer, type Synthesise } from "../../lib/sandbox/render.ts";
import { returnSandbox } from "../../lib/sandbox/return.ts";
import type { Steps } from "../../lib/sandbox/steps.ts";
import { syncSandbox } from "../../lib/sandbox/sync.ts";
import type { Stacks } from "../../lib/stack/stacks.ts";
import { compareFiles, writeFiles } from "../../lib/synth/files.ts";
import { loadFleet } from "../../lib/synth/load.ts";
import { synthesise } from "../../lib/synth/synthesise.ts";

/** Synthesises in this process: fleets of tests import this repository's own code. */
export const synthesiseHere: Synthesise = async (folder, cluster) => {
  const loaded = await loadFleet(folder, cluster);
  const { files, folders } = await synthesise(loaded, {
    clustersOnly: cluster !== undefined,
    git: new Git(folder),
  });
  writeFiles(folder, files, compareFiles(folder, folders, files));
};

const result = { changes: { delete: 1 }, outputs: {}, secretOutputs: [] };

/**
 * Stacks whose backend is a folder: a file for each stack, and one for each cluster that it has made. An expired
 * credential is a file, too, and is found out half way through.
 */
export function folderStacks(folder: string): Stacks {
  const at = (name: string) => join(folder, name);
  return {
    list: () =>
      Promise.resolve(
        readdirSync(folder)
          .filter((file) => file.endsWith(".stack"))
          .map((file) => ({
            name: file.slice(0, -".stack".length),
            lastUpdate: "2026-11-01T00:00:00Z",
            resources: existsSync(at(`${file.slice(0, -".stack".length)}.cluster`)) ? 1 : 0,
            running: false,
          })),
      ),
    open: (name) =>
      Promise.resolve(
        existsSync(at(`${name}.stack`))
          ? {
              up: () => Promise.reject(new Error("nothing here is made")),
              set: () => Promise.resolve(),
              destroy: (_, { dryRun = false } = {}) => {
                if (dryRun) return Promise.resolve(result);
                rmSync(at(`${name}.flux`), { force: true });
                if (existsSync(at("expired")))
                  return Promise.reject(
                    new UserError({
                      where: `stack ${name}`,
                      message: "ExpiredToken: the security token has expired",
                      remedy: "aws sso login, then run this again",
                    }),
                  );
                rmSync(at(`${name}.cluster`), { force: true });
                return Promise.resolve(result);
              },
              remove: () => {
                if (existsSync(at(`${name}.cluster`)))
                  return Promise.reject(new Error("a stack with resources is not removed"));
                rmSync(at(`${name}.stack`), { force: true });
                return Promise.resolve();
              },
            }
          : undefined,
      ),
  };
}

/** Makes a stack in a backend folder, as if `sandbox up` had. */
export function makeStack(folder: string, name: string): void {
  for (const part of ["stack", "cluster", "flux"]) writeFileSync(join(folder, `${name}.${part}`), "");
}

/** The commands that change something, on `sandbox-a`. */
export const lifeCommands = ["create", "return", "sync", "extend", "delete", "reap"] as const;
export type LifeCommand = (typeof lifeCommands)[number];

/** A command on a repository, as its steps. */
export async function lifeSteps(
  command: LifeCommand,
  root: string,
  backend: string,
  now = new Date("2026-11-21T09:00:00Z"),
): Promise<Steps<unknown>> {
  const git = new Git(root);
  const render = renderer(git, synthesiseHere);
  const name = "sandbox-a";
  switch (command) {
    case "create":
      return createSandbox(
        git,
        { name, from: "development", branch: "NOM-1", purpose: "platform", expires: "3d" },
        now,
      );
    case "return":
      return returnSandbox(git, { name }, render);
    case "sync":
      return syncSandbox(git, name, render);
    case "extend":
      return extendSandbox(git, { name, expires: "5d" }, now);
    case "delete":
      return deleteSandbox(git, { name }, folderStacks(backend));
    case "reap": {
      const found = (await findSandboxes(git)).find((each) => each.name === name);
      // What there is no more needs no reap.
      if (found === undefined) return { plan: [], act: [], outcome: () => undefined };
      return reapSandbox(git, found, folderStacks(backend));
    }
  }
}

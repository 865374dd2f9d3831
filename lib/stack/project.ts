import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { load } from "js-yaml";
import { UserError } from "../fleet/user-error.ts";
import { configFile } from "./stack-config.ts";

/** A fleet's Pulumi project, its Pulumi.yaml. */
export interface Project {
  readonly name: string;
  /** Absolute path of the program. */
  readonly main: string;
  /** The backend that the project names, if it does. */
  readonly backend: string | undefined;
}

/** @throws UserError if there is none, or its program is missing */
export function readProject(root: string): Project {
  const file = join(root, "Pulumi.yaml");
  if (!existsSync(file))
    throw new UserError({
      where: file,
      message: "is missing: a fleet's clusters are the stacks of one Pulumi project",
      remedy: "write one with name, `runtime: nodejs` and `main: stacks/index.ts`: docs/reference/stacks.md",
    });
  const data = load(readFileSync(file, "utf8")) as {
    name?: string;
    main?: string;
    backend?: { url?: string };
  } | null;
  const main = resolve(root, data?.main ?? "index.ts");
  if (typeof data?.name !== "string") throw new UserError({ where: file, message: "has no name" });
  if (!existsSync(main))
    throw new UserError({
      where: file,
      message: `its program ${main} is missing`,
      remedy: "set `main: stacks/index.ts`",
    });
  return { name: data.name, main, backend: data.backend?.url };
}

/** The configuration of a stack, as its file has it; empty where there is none yet. */
export function readStackConfig(
  root: string,
  project: string,
  stack: string,
): { readonly values: Readonly<Record<string, string>>; readonly secrets: readonly string[] } {
  const file = join(root, configFile(stack));
  if (!existsSync(file)) return { values: {}, secrets: [] };
  const data = load(readFileSync(file, "utf8")) as { config?: Record<string, unknown> } | null;
  const values: Record<string, string> = {};
  const secrets: string[] = [];
  for (const [name, value] of Object.entries(data?.config ?? {})) {
    const key = name.includes(":") ? name : `${project}:${name}`;
    if (typeof value === "object" && value !== null && "secure" in value) {
      secrets.push(key);
      values[key] = "secret";
    } else values[key] = typeof value === "string" ? value : JSON.stringify(value);
  }
  return { values, secrets };
}

import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, resolve } from "node:path";
import { load } from "js-yaml";
import { suggestion } from "../fleet/suggestion.ts";
import { UserError } from "../fleet/user-error.ts";

type Fields = Record<string, unknown>;

/** A kubeconfig file, as far as a context leads into it. */
interface KubeconfigFile {
  readonly contexts?: readonly {
    readonly name: string;
    readonly context: { cluster: string; user: string };
  }[];
  readonly clusters?: readonly { readonly name: string; readonly cluster: Fields }[];
  readonly users?: readonly { readonly name: string; readonly user: Fields }[];
}

/**
 * The files that a kubeconfig is read from: the given one, else those of KUBECONFIG, else ~/.kube/config.
 * @param given may begin with `~/`
 */
export function kubeconfigFiles(given: string | undefined, env: NodeJS.ProcessEnv = process.env): string[] {
  if (given !== undefined)
    return [given.startsWith("~/") ? resolve(homedir(), given.slice(2)) : resolve(given)];
  const listed = (env["KUBECONFIG"] ?? "").split(delimiter).filter((path) => path !== "");
  return listed.length > 0 ? listed : [resolve(homedir(), ".kube/config")];
}

/**
 * One context of a kubeconfig as a kubeconfig of its own, with the files that it refers to put in, so that it
 * holds good in another folder. Its text has credentials: a stack keeps it as a secret.
 * @throws UserError if there is no such file or context
 */
export function contextKubeconfig(context: string, files: readonly string[]): string {
  const found = files.filter((file) => existsSync(file));
  if (found.length === 0)
    throw new UserError({
      where: files.join(delimiter),
      message: "there is no kubeconfig",
      remedy: "set KUBECONFIG, or `pulumi config set kubeconfig PATH`",
    });
  const contexts: string[] = [];
  for (const file of found) {
    const config = read(file);
    contexts.push(...(config.contexts ?? []).map(({ name }) => name));
    const entry = config.contexts?.find(({ name }) => name === context)?.context;
    if (entry === undefined) continue;
    // As kubectl does, clusters and users of one file may be used by a context of another.
    const all = [config, ...found.filter((other) => other !== file).map(read)];
    const cluster = all
      .flatMap(({ clusters }) => clusters ?? [])
      .find(({ name }) => name === entry.cluster)?.cluster;
    const user = all.flatMap(({ users }) => users ?? []).find(({ name }) => name === entry.user)?.user;
    if (cluster === undefined || user === undefined)
      throw new UserError({
        where: file,
        message: `context '${context}' names a ${cluster === undefined ? `cluster '${entry.cluster}'` : `user '${entry.user}'`} that is not there`,
        remedy: "mend the kubeconfig: kubectl config get-contexts",
      });
    return JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": context,
      contexts: [{ name: context, context: entry }],
      clusters: [{ name: entry.cluster, cluster: inlined(cluster, file) }],
      users: [{ name: entry.user, user: inlined(user, file) }],
    });
  }
  throw new UserError({
    where: found.join(delimiter),
    message: `there is no context '${context}'${suggestion(context, contexts)}`,
    remedy: contexts.length === 0 ? "it has no context at all" : `it has ${contexts.join(", ")}`,
  });
}

function read(file: string): KubeconfigFile {
  try {
    return load(readFileSync(file, "utf8")) ?? {};
  } catch {
    // Not the parser's message: it may quote a line with a credential.
    throw new UserError({ where: file, message: "is no YAML", remedy: "mend the kubeconfig" });
  }
}

const pathFields = ["certificate-authority", "client-certificate", "client-key"];

/** Files by their content, as `kubectl config view --flatten` has it. */
function inlined(fields: Fields, kubeconfig: string): Fields {
  const result: Fields = {};
  for (const [name, value] of Object.entries(fields)) {
    if (!pathFields.includes(name) && name !== "tokenFile") result[name] = value;
    else {
      const file = resolve(dirname(kubeconfig), String(value));
      if (!existsSync(file))
        throw new UserError({ where: kubeconfig, message: `${name} leads to ${file}, which is not there` });
      if (name === "tokenFile") result["token"] = readFileSync(file, "utf8").trim();
      else result[`${name}-data`] = readFileSync(file).toString("base64");
    }
  }
  return result;
}

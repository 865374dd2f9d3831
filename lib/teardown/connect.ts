import type { KubeConfig } from "@kubernetes/client-node";
import { suggestion } from "../fleet/suggestion.ts";
import { UserError } from "../fleet/user-error.ts";
import { type ConnectedCluster, HttpApi } from "./http-api.ts";

/** Which cluster, and whose credentials. */
export interface Connection {
  /** The text of a kubeconfig. @default the files of KUBECONFIG, then ~/.kube/config */
  readonly kubeconfig?: string;
  /** The path of one, instead. */
  readonly file?: string;
  /** The context in it. @default its current context */
  readonly context?: string;
  /** Milliseconds that an answer may take. @default 30,000 */
  readonly timeout?: number;
}

/**
 * A cluster's API, with the credentials of a kubeconfig: certificates, tokens, exec plugins, OIDC, proxies, as
 * the official client reads them. The client is loaded here and not before: it takes a third of a second.
 * @throws UserError if there is no such context
 */
export async function connect({
  context,
  timeout = 30_000,
  ...where
}: Connection): Promise<ConnectedCluster> {
  const config = await loadKubeconfig(where);
  const names = config.getContexts().map(({ name }) => name);
  const wanted = context ?? config.getCurrentContext();
  if (!names.includes(wanted))
    throw new UserError({
      where: "kubeconfig",
      message: `there is no context '${wanted}'${suggestion(wanted, names)}`,
      remedy:
        names.length === 0 ? "set KUBECONFIG to a file that has contexts" : `it has ${names.join(", ")}`,
    });
  config.setCurrentContext(wanted);
  const cluster = config.getCurrentCluster();
  if (cluster === null || config.getCurrentUser() === null)
    throw new UserError({
      where: "kubeconfig",
      message: `context '${wanted}' names a cluster or a user that is not there`,
      remedy: "kubectl config get-contexts",
    });
  return new HttpApi(config, cluster.server.replace(/\/$/, ""), timeout);
}

/** The contexts of a kubeconfig, with the name of the cluster that each leads to. */
export async function contextsOf(
  where: Pick<Connection, "kubeconfig" | "file"> = {},
): Promise<readonly { name: string; cluster: string }[]> {
  return (await loadKubeconfig(where)).getContexts().map(({ name, cluster }) => ({ name, cluster }));
}

async function loadKubeconfig({
  kubeconfig,
  file,
}: Pick<Connection, "kubeconfig" | "file">): Promise<KubeConfig> {
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  try {
    if (kubeconfig !== undefined) config.loadFromString(kubeconfig);
    else if (file !== undefined) config.loadFromFile(file);
    else {
      config.loadFromDefault();
      // Where there is no kubeconfig, the client makes one up that leads to this machine.
      if (config.getCurrentCluster()?.server === "http://localhost:8080") return new KubeConfig();
    }
  } catch {
    // Not the parser's message: it may quote a line with a credential.
    const message = "this kubeconfig cannot be read";
    throw new UserError(
      kubeconfig !== undefined
        ? { where: "the given kubeconfig", message }
        : {
            where: file ?? process.env["KUBECONFIG"] ?? "~/.kube/config",
            message,
            remedy: "kubectl config view",
          },
    );
  }
  return config;
}

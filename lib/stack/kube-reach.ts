import type { Problem } from "../fleet/user-error.ts";
import { unreachable } from "./unreachable.ts";

/** Seconds that an API server may take to answer. */
const patience = 10;

/**
 * Whether a cluster can be reached and lets us in: asks for the namespace kube-system.
 * @param kubeconfig its text, one context
 * @returns what is in the way, or undefined
 */
export async function apiProblem(kubeconfig: string, context: string): Promise<Problem | undefined> {
  const { CoreV1Api, KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  const where = `context ${context}`;
  const server = config.getCurrentCluster()?.server ?? "its server";
  let timer: NodeJS.Timeout | undefined;
  try {
    await Promise.race([
      config.makeApiClient(CoreV1Api).readNamespace({ name: "kube-system" }),
      new Promise((_, reject) => {
        timer = setTimeout(
          () => reject(Object.assign(new Error("timeout"), { code: "ETIMEDOUT" })),
          patience * 1000,
        );
      }),
    ]);
    return undefined;
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    if (code === 401)
      return {
        where,
        message: `${server} does not accept the credentials of the kubeconfig`,
        remedy: "log in again where the kubeconfig comes from; their lifetime may be over",
      };
    if (code === 403)
      return {
        where,
        message: `the kubeconfig's user has too few rights in ${server}`,
        remedy: "installing Flux takes cluster-admin: use a context that has it",
      };
    const reason = unreachable(error);
    if (reason !== undefined)
      return {
        where,
        message: `${server} cannot be reached: ${reason}`,
        remedy: `start the cluster, or choose another context: kubectl --context ${context} get nodes`,
      };
    return {
      where,
      message: `${server} did not answer as a Kubernetes API: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`,
      remedy: `try it: kubectl --context ${context} get nodes`,
    };
  } finally {
    clearTimeout(timer);
  }
}

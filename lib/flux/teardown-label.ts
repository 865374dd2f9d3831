/**
 * What an object is for a teardown. `user` objects go first, while the controllers that finalise them live;
 * `external-state` stands for something outside the cluster (a volume, a load balancer) that has to be waited
 * for; `controller` is what must outlive both.
 */
export type TeardownRole = "controller" | "user" | "external-state";

/** The label that every object that Flux manages carries. */
export const teardownLabel = "sluice.dev/teardown";

interface ObjectLike {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec?: unknown;
}

/** API groups that Kubernetes and Flux serve themselves: their objects need no operator to go. */
const builtIn =
  /^(apps|batch|autoscaling|policy|extensions)$|\.k8s\.io$|\.fluxcd\.io$|^fluxcd\.controlplane\.io$/;

/**
 * The role of an object that does not say one.
 * @param within what its folder is: the platform serves others, an app uses the platform
 */
export function teardownRole(object: ObjectLike, within: "bundle" | "apps"): TeardownRole {
  const { apiVersion, kind } = object;
  if (kind === "PersistentVolumeClaim" || kind === "PersistentVolume" || kind === "Ingress")
    return "external-state";
  if (kind === "Service" && (object.spec as { type?: string } | undefined)?.type === "LoadBalancer")
    return "external-state";
  const slash = apiVersion.indexOf("/");
  if (slash > 0 && !builtIn.test(apiVersion.slice(0, slash))) return "user";
  return within === "apps" ? "user" : "controller";
}

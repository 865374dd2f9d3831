import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

/**
 * How the stack talks to its cluster.
 *
 * - `upsertExistingObjects`: what is there already is taken, not an error. A cluster that `flux bootstrap` made
 *   has it all, and a run that was interrupted has left some of it (pulumi-kubernetes 4.29 refuses otherwise).
 * - `enablePatchForce`: `flux bootstrap` and kustomize-controller own the fields of what they made.
 * - `clusterIdentifier`: a new kubeconfig of the same cluster replaces nothing.
 * - `enable…Mutable`: a new value or token updates the object, so that Flux never sees it missing.
 * - `deleteUnreachable`: a destroy ends when the cluster has gone by other hands.
 */
export function kubeProvider(
  name: string,
  {
    kubeconfig,
    identity,
  }: { readonly kubeconfig: pulumi.Input<string>; readonly identity: pulumi.Input<string> },
  options: pulumi.ResourceOptions,
): kubernetes.Provider {
  return new kubernetes.Provider(
    name,
    {
      kubeconfig: pulumi.secret(kubeconfig),
      clusterIdentifier: identity,
      enableServerSideApply: true,
      upsertExistingObjects: true,
      enablePatchForce: true,
      deleteUnreachable: true,
      enableConfigMapMutable: true,
      enableSecretMutable: true,
    },
    options,
  );
}

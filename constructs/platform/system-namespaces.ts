/** Namespaces without which a cluster does not start, or Flux cannot repair it: no policy may stop them. */
export const systemNamespaces: readonly string[] = [
  "kube-system",
  "kube-public",
  "kube-node-lease",
  "flux-system",
];

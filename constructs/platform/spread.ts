/** Asks the scheduler to put a service's pods on different nodes, without refusing a cluster of one node. */
export function spreadOverNodes(labels: Readonly<Record<string, string>>): readonly object[] {
  return [
    {
      maxSkew: 1,
      topologyKey: "kubernetes.io/hostname",
      whenUnsatisfiable: "ScheduleAnyway",
      labelSelector: { matchLabels: labels },
    },
  ];
}

/**
 * Lets one pod at a time be evicted. Unlike `minAvailable: 1` it is also right with one replica, where that
 * would block every drain of the node.
 */
export const oneAtATime = { enabled: true, maxUnavailable: 1 } as const;

/** Resources of a container, in Kubernetes' units. */
export function resources(
  requests: { cpu: string; memory: string },
  limits: { cpu?: string; memory: string },
) {
  return { requests, limits };
}

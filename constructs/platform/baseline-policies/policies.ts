/** What one policy demands of pods, in CEL. */
export interface PodPolicy {
  readonly title: string;
  readonly severity: "low" | "medium" | "high";
  readonly validations: readonly { readonly expression: string; readonly message: string }[];
}

/** The containers of a pod, as policies name them. */
export const containers = [
  {
    name: "containers",
    expression: "object.spec.containers + object.spec.?initContainers.orValue([])",
  },
  {
    name: "allContainers",
    expression: "variables.containers + object.spec.?ephemeralContainers.orValue([])",
  },
];

/** By name. Kyverno derives the rules for what makes pods (Deployments, Jobs, …) from these. */
export const podPolicies: Readonly<Record<string, PodPolicy>> = {
  "disallow-privileged": {
    title: "No privileged containers",
    severity: "high",
    validations: [
      {
        expression: "variables.allContainers.all(c, !c.?securityContext.?privileged.orValue(false))",
        message: "A privileged container is root on its node: remove securityContext.privileged.",
      },
    ],
  },
  "disallow-host-namespaces": {
    title: "No namespaces of the node",
    severity: "high",
    validations: [
      {
        expression:
          "!object.spec.?hostNetwork.orValue(false) && !object.spec.?hostPID.orValue(false) && !object.spec.?hostIPC.orValue(false)",
        message:
          "A pod may not share its node's network, processes or memory: remove hostNetwork, hostPID and hostIPC.",
      },
    ],
  },
  "require-resources": {
    title: "Requests and limits",
    severity: "medium",
    validations: [
      {
        expression:
          "variables.containers.all(c, c.?resources.?requests.?cpu.hasValue() && c.?resources.?requests.?memory.hasValue())",
        message:
          "Every container says what it needs: give resources.requests.cpu and resources.requests.memory.",
      },
      {
        expression: "variables.containers.all(c, c.?resources.?limits.?memory.hasValue())",
        message: "A container without a limit can take its node's memory: give resources.limits.memory.",
      },
    ],
  },
  "disallow-latest": {
    title: "Images of a version",
    severity: "medium",
    validations: [
      {
        expression:
          "variables.containers.all(c, c.image.contains('@') || c.image.lastIndexOf(':') > c.image.lastIndexOf('/'))",
        message: "An image without a tag may be another one tomorrow: give a tag or a digest.",
      },
      {
        expression: "variables.containers.all(c, !c.image.endsWith(':latest'))",
        message: "The tag 'latest' may be another image tomorrow: give a version or a digest.",
      },
    ],
  },
};

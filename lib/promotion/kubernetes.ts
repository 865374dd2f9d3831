import type { OpenCondition, PromotionOf } from "./decide.ts";
import type { PipelineCluster } from "./pipeline.ts";

/**
 * What moving a cluster's Kubernetes asks for beside what every promotion does: one minor version at a time, never
 * back, the nodes where the control plane is before it goes on, and no object that the new version does not serve.
 * https://kubernetes.io/releases/version-skew-policy/
 */
export function kubernetesConditions(
  target: PipelineCluster,
  { version, removedApis = [] }: PromotionOf,
): (OpenCondition | string)[] {
  const open = (
    condition: OpenCondition["condition"],
    message: string,
    action: OpenCondition["action"],
  ): OpenCondition => ({ cluster: target.name, condition, message, action, overridable: false });
  const { name, follows, machines } = target;
  const present = minorOf(follows.value);
  const wanted = minorOf(version);
  if (wanted < present)
    return [
      open("lower", `${name} runs Kubernetes ${follows.value}, and a control plane never goes back`, {
        do: "choose",
        version: `1.${present + 1}`,
      }),
    ];
  if (wanted > present + 1)
    return [
      open("step", `Kubernetes moves one minor version at a time: ${name} runs ${follows.value}`, {
        do: "promote",
        to: name,
        version: `1.${present + 1}`,
      }),
    ];
  const found: (OpenCondition | string)[] = [];
  if (wanted > present) {
    if (machines === undefined)
      found.push(
        open("machines", `nobody has seen what ${name}'s control plane and nodes run`, {
          do: "attest",
          cluster: name,
        }),
      );
    else if (minorOf(machines.server) !== present || minorOf(machines.nodes ?? machines.server) < present)
      found.push(
        open(
          "machines",
          `${name} is not through with ${follows.value}: its control plane runs ${machines.server}, its oldest node ${machines.nodes ?? "none"}`,
          { do: "machines", cluster: name },
        ),
      );
    else found.push(`${name}'s control plane and nodes run ${machines.server}`);
  }
  if (removedApis.length > 0)
    found.push(
      open("api", `Kubernetes ${version} does not serve what ${name} uses: ${removedApis.join(", ")}`, {
        do: "replace",
        cluster: name,
      }),
    );
  return found;
}

/** The minor of `1.35` or `1.35.4`. */
export const minorOf = (version: string): number => Number(version.replace(/^v/, "").split(".")[1]);

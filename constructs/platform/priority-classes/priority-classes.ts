import { Construct } from "constructs";
import { rememberPlace } from "../../../lib/fleet/place.ts";
import { applyOverrides, type OverridableProps } from "../../overrides.ts";
import { KubeObject } from "../../kube-object.ts";
import { replaceable } from "../replaceable.ts";

export interface PriorityClassesProps extends OverridableProps {
  /** The classes, by name. @default important, normal (what pods that name none get) and spare */
  readonly classes?: Readonly<Record<string, PriorityClassProps>>;
}

export interface PriorityClassProps {
  /** Pods of a higher value are scheduled first, and may push out those of a lower one. Less than a billion. */
  readonly value: number;
  readonly description: string;
  /** Pods that name no class get this one. @default false */
  readonly isDefault?: boolean;
  /** Whether its pods wait for room instead of pushing others out. @default false */
  readonly waits?: boolean;
}

const usual: Readonly<Record<string, PriorityClassProps>> = {
  important: {
    value: 100_000,
    description: "What has to run even if others cannot: pushes out lower classes.",
  },
  normal: { value: 10_000, description: "What names no class.", isDefault: true },
  spare: { value: 100, description: "What may be pushed out at any time: batch work.", waits: true },
};

/**
 * Which apps go first when a cluster is full. All are below Kubernetes' own `system-cluster-critical`, which the
 * platform's services have: they start before these classes exist.
 */
export class PriorityClasses extends Construct {
  constructor(scope: Construct, id: string, { classes = usual, overrides }: PriorityClassesProps = {}) {
    super(scope, id);
    rememberPlace(this, new.target);
    for (const [name, { value, description, isDefault = false, waits = false }] of Object.entries(classes))
      new KubeObject(this, name, {
        apiVersion: "scheduling.k8s.io/v1",
        kind: "PriorityClass",
        metadata: { annotations: replaceable },
        value,
        description,
        globalDefault: isDefault,
        preemptionPolicy: waits ? "Never" : "PreemptLowerPriority",
      });
    applyOverrides(this, overrides);
  }
}

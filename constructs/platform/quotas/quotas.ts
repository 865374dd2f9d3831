import { Construct } from "constructs";
import { rememberPlace } from "../../../lib/fleet/place.ts";
import { applyOverrides, type OverridableProps } from "../../overrides.ts";
import { KubeObject } from "../../kube-object.ts";
import { appsNamespace } from "../../apps/apps.ts";

export interface QuotasProps extends OverridableProps {
  /** @default apps */
  readonly namespace?: string;
  /** What all of the namespace may ask for together. @default 100 CPUs, 400Gi, 500 pods, 2Ti of volumes, 2 load balancers */
  readonly hard?: Readonly<Record<string, string | number>>;
  /** What a container has that asks for nothing. @default 100m of CPU and 128Mi, at most 512Mi */
  readonly container?: ContainerDefaults;
}

export interface ContainerDefaults {
  readonly requests: Readonly<Record<string, string>>;
  readonly limits: Readonly<Record<string, string>>;
}

const usual = {
  "requests.cpu": "100",
  "requests.memory": "400Gi",
  "requests.storage": "2Ti",
  pods: 500,
  "services.loadbalancers": 2,
};

/**
 * What a namespace may use, so that one runaway app does not take the cluster. With a quota on CPU or memory
 * every container must ask for some: those that do not get `container`.
 */
export class Quotas extends Construct {
  constructor(scope: Construct, id: string, props: QuotasProps = {}) {
    super(scope, id);
    rememberPlace(this, new.target);
    const {
      namespace = appsNamespace,
      hard = usual,
      container = { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "512Mi" } },
    } = props;
    new KubeObject(this, "resource-quota", {
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata: { name: namespace, namespace },
      spec: { hard },
    });
    new KubeObject(this, "limit-range", {
      apiVersion: "v1",
      kind: "LimitRange",
      metadata: { name: namespace, namespace },
      spec: {
        limits: [{ type: "Container", defaultRequest: container.requests, default: container.limits }],
      },
    });
    applyOverrides(this, props.overrides);
  }
}

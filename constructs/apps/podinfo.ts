import type { Construct } from "constructs";
import { mergePatch } from "../kube-object.ts";
import { appName } from "./app.ts";
import { type AutoscalingProps, defaultReplicas, replicaProblems } from "./autoscaling.ts";
import { HelmApp, type HelmAppOptions } from "./helm-app.ts";
import { ingressParts, ingressProblems, type IngressProps } from "./ingress.ts";
import { refuse } from "./refuse.ts";
import type { Values } from "./values.ts";

/** Flux's demonstration app. */
export interface PodinfoProps extends HelmAppOptions {
  /** @default the environment type's replicas, 2 outside a cluster */
  readonly replicas?: number;
  /** The text that its page greets with. @default the chart's */
  readonly message?: string;
  /** The name by which it is reached from outside, such as `podinfo.example.com`. @default none: it is not */
  readonly host?: string;
  /** The ClusterIssuer that issues the host's certificate. @default none: the ingress controller's own certificate */
  readonly issuer?: string;
  /** @default none: `replicas` is fixed */
  readonly autoscaling?: AutoscalingProps;
}

/**
 * Flux's demonstration app, as a chart: a web page, fit for any cluster that enforces the restricted Pod
 * Security Standard. `values` is merged over the values that it sets.
 * @see https://github.com/stefanprodan/podinfo
 * @example
 * new Podinfo(apps, "podinfo", { replicas: 3, host: `podinfo.${name}.example.com` });
 */
export class Podinfo extends HelmApp {
  constructor(
    scope: Construct,
    id: string,
    { replicas: given, message, host, issuer, autoscaling, values, ...props }: PodinfoProps = {},
  ) {
    const replicas = given ?? defaultReplicas(scope);
    const ingress = host === undefined ? undefined : { host, issuer };
    const own = podinfoValues(appName(scope, id), { replicas, message, ingress, autoscaling });
    super(scope, id, {
      ...props,
      chart: { repository: "oci://ghcr.io/stefanprodan/charts", name: "podinfo" },
      imageValue: "image.tag",
      imageRepositories: {
        "image.repository": "ghcr.io/stefanprodan/podinfo",
        "redis.repository": "docker.io/redis",
      },
      autoscaled: autoscaling !== undefined,
      values: values === undefined ? own : (mergePatch(own, values) as Values),
    });
    refuse(this, [...replicaProblems(replicas, autoscaling), ...ingressProblems(ingress)]);
  }
}

function podinfoValues(
  name: string,
  {
    replicas,
    message,
    ingress,
    autoscaling,
  }: Pick<PodinfoProps, "message" | "autoscaling"> & {
    readonly replicas: number;
    readonly ingress: IngressProps | undefined;
  },
): Values {
  return {
    // The chart takes it for the autoscaler's minimum too, and renders the budget only if it is over 1.
    replicaCount: autoscaling?.minReplicas ?? replicas,
    podDisruptionBudget: { maxUnavailable: 1 },
    ...(message === undefined ? {} : { ui: { message } }),
    ...(autoscaling === undefined
      ? {}
      : { hpa: { enabled: true, maxReplicas: autoscaling.maxReplicas, cpu: autoscaling.cpu ?? 80 } }),
    ...(ingress === undefined ? {} : { ingress: ingressValues(name, ingress) }),
    resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "128Mi" } },
    serviceAccount: { enabled: true },
    // The image's user has a name, not a number, and Kubernetes cannot tell from that that it is not root.
    podSecurityContext: { runAsNonRoot: true, runAsUser: 100, seccompProfile: { type: "RuntimeDefault" } },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
  };
}

function ingressValues(name: string, ingress: IngressProps): Values {
  const { host, className, annotations, secretName } = ingressParts(name, ingress);
  return {
    enabled: true,
    className,
    annotations,
    hosts: [{ host, paths: [{ path: "/", pathType: "Prefix" }] }],
    tls: secretName === undefined ? [] : [{ secretName, hosts: [host] }],
  };
}

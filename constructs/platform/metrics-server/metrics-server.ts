import type { Construct } from "constructs";
import { HelmService, type ServiceProps } from "../helm-service.ts";
import { oneAtATime, resources, spreadOverNodes } from "../spread.ts";

export interface MetricsServerProps extends ServiceProps {
  /** @default 2 */
  readonly replicas?: number;
  /**
   * Accept kubelets whose certificates nobody has signed, as kind's are.
   * @default false
   */
  readonly kubeletInsecureTls?: boolean;
  /** How much is logged: 0 little, 2 usual, 4 much. @default 2 */
  readonly verbosity?: number;
}

/** Usage of nodes and pods, for `kubectl top` and for autoscaling by CPU and memory. */
export class MetricsServer extends HelmService {
  constructor(scope: Construct, id: string, props: MetricsServerProps = {}) {
    const { replicas = 2, kubeletInsecureTls = false, verbosity = 2, ...common } = props;
    super(
      scope,
      id,
      {
        name: "metrics-server",
        chart: {
          repository: "https://kubernetes-sigs.github.io/metrics-server/",
          name: "metrics-server",
          version: "3.13.1",
        },
        namespace: "kube-system",
        createNamespace: (common.namespace ?? "kube-system") !== "kube-system",
        images: {
          "image.repository": "registry.k8s.io/metrics-server/metrics-server",
          "addonResizer.image.repository": "registry.k8s.io/autoscaling/addon-resizer",
        },
        values: {
          replicas,
          priorityClassName: "system-cluster-critical",
          args: [`--v=${verbosity}`, `--kubelet-insecure-tls=${kubeletInsecureTls}`],
          updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
          podDisruptionBudget: { ...oneAtATime, unhealthyPodEvictionPolicy: "AlwaysAllow" },
          resources: resources({ cpu: "100m", memory: "200Mi" }, { cpu: "500m", memory: "400Mi" }),
          podSecurityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
          topologySpreadConstraints: spreadOverNodes({ "app.kubernetes.io/name": "metrics-server" }),
          metrics: { enabled: true },
          serviceMonitor: { enabled: false },
        },
      },
      common,
    );
  }
}

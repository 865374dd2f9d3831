import type { Construct } from "constructs";
import { HelmService, type ServiceProps } from "../helm-service.ts";
import { resources } from "../spread.ts";

export interface KedaProps extends ServiceProps {
  /** Of the operator, the metrics server and the webhooks. @default 2 */
  readonly replicas?: number;
  /** debug, info or error. @default info */
  readonly logLevel?: string;
}

/**
 * Scales workloads by events: queues, topics, metrics. What it scales needs a release whose drift detection
 * leaves replicas alone (`scaledByOthers`). Uninstalling it leaves its custom resource definitions, and with
 * them everyone's ScaledObjects, where they are.
 */
export class Keda extends HelmService {
  constructor(scope: Construct, id: string, props: KedaProps = {}) {
    const { replicas = 2, logLevel = "info", ...common } = props;
    super(
      scope,
      id,
      {
        name: "keda",
        chart: { repository: "https://kedacore.github.io/charts", name: "keda", version: "2.20.2" },
        namespace: "keda",
        images: {
          "image.keda": "ghcr.io/kedacore/keda",
          "image.metricsApiServer": "ghcr.io/kedacore/keda-metrics-apiserver",
          "image.webhooks": "ghcr.io/kedacore/keda-admission-webhooks",
        },
        values: {
          crds: { install: true, additionalAnnotations: { "helm.sh/resource-policy": "keep" } },
          image: { pullPolicy: "IfNotPresent" },
          priorityClassName: "system-cluster-critical",
          operator: { replicaCount: replicas },
          metricsServer: { replicaCount: replicas },
          webhooks: { enabled: true, replicaCount: replicas, failurePolicy: "Ignore" },
          podDisruptionBudget: {
            operator: { maxUnavailable: 1 },
            metricServer: { maxUnavailable: 1 },
            webhooks: { maxUnavailable: 1 },
          },
          logging: {
            operator: { level: logLevel, format: "json" },
            metricServer: { level: 0, zapLevel: logLevel, zapEncoder: "json" },
            webhooks: { level: logLevel, format: "json" },
          },
          resources: {
            operator: resources({ cpu: "100m", memory: "128Mi" }, { cpu: "1", memory: "512Mi" }),
            metricServer: resources({ cpu: "50m", memory: "96Mi" }, { cpu: "1", memory: "256Mi" }),
            webhooks: resources({ cpu: "20m", memory: "64Mi" }, { cpu: "500m", memory: "128Mi" }),
          },
          enableServiceLinks: false,
          prometheus: {
            operator: { enabled: true },
            metricServer: { enabled: true },
            webhooks: { enabled: true },
          },
        },
      },
      common,
    );
  }
}

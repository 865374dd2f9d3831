import type { Construct } from "constructs";
import { HelmService, type ServiceProps } from "../helm-service.ts";
import { oneAtATime, resources } from "../spread.ts";

export interface ExternalSecretsProps extends ServiceProps {
  /** Of the controller and the webhook. @default 2 */
  readonly replicas?: number;
  /** debug, info, warn or error. @default info */
  readonly logLevel?: string;
}

const image = "ghcr.io/external-secrets/external-secrets";

/**
 * Secrets that come from elsewhere: AWS, Vault, another namespace. Uninstalling it leaves its custom resource
 * definitions, and with them everyone's ExternalSecrets, where they are.
 */
export class ExternalSecrets extends HelmService {
  constructor(scope: Construct, id: string, props: ExternalSecretsProps = {}) {
    const { replicas = 2, logLevel = "info", ...common } = props;
    const log = { level: logLevel, timeEncoding: "iso8601" };
    const shared = { log, priorityClassName: "system-cluster-critical", podDisruptionBudget: oneAtATime };
    super(
      scope,
      id,
      {
        name: "external-secrets",
        chart: {
          repository: "oci://ghcr.io/external-secrets/charts",
          name: "external-secrets",
          version: "2.9.0",
        },
        namespace: "external-secrets",
        images: {
          "image.repository": image,
          "webhook.image.repository": image,
          "certController.image.repository": image,
        },
        values: {
          ...shared,
          installCRDs: true,
          crds: { annotations: { "helm.sh/resource-policy": "keep" } },
          replicaCount: replicas,
          leaderElect: true,
          concurrent: 2,
          resources: resources({ cpu: "50m", memory: "128Mi" }, { cpu: "500m", memory: "512Mi" }),
          livenessProbe: { enabled: true },
          readinessProbe: { enabled: true },
          serviceMonitor: { enabled: false },
          metrics: { service: { enabled: true } },
          webhook: {
            ...shared,
            replicaCount: replicas,
            failurePolicy: "Fail",
            resources: resources({ cpu: "20m", memory: "64Mi" }, { cpu: "200m", memory: "128Mi" }),
          },
          certController: {
            ...shared,
            replicaCount: 1,
            resources: resources({ cpu: "20m", memory: "128Mi" }, { cpu: "200m", memory: "256Mi" }),
          },
        },
      },
      common,
    );
  }
}

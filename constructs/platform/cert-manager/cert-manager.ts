import type { Construct } from "constructs";
import { mirrored } from "../../flux/images.ts";
import { HelmService, type ServiceProps } from "../helm-service.ts";
import { oneAtATime, resources } from "../spread.ts";

export interface CertManagerProps extends ServiceProps {
  /** Of the controller, the webhook and the CA injector. @default 2 */
  readonly replicas?: number;
  /** How much is logged, 0 to 6. @default 2 */
  readonly logLevel?: number;
}

/**
 * Certificates from an ACME server or an own authority. Uninstalling it leaves its custom resource definitions,
 * and with them everyone's Certificates, where they are.
 */
export class CertManager extends HelmService {
  constructor(scope: Construct, id: string, props: CertManagerProps = {}) {
    const { replicas = 2, logLevel = 2, ...common } = props;
    const podDisruptionBudget = { ...oneAtATime, unhealthyPodEvictionPolicy: "AlwaysAllow" };
    const image = mirrored(scope, { registry: "quay.io", repository: "jetstack" });
    super(
      scope,
      id,
      {
        name: "cert-manager",
        chart: { repository: "oci://quay.io/jetstack/charts", name: "cert-manager", version: "v1.21.1" },
        namespace: "cert-manager",
        values: {
          // Of all its images, also of the solvers that it starts itself.
          imageRegistry: image.registry,
          imageNamespace: image.repository,
          crds: { enabled: true, keep: true },
          global: {
            priorityClassName: "system-cluster-critical",
            logLevel,
            leaderElection: { namespace: common.namespace ?? "cert-manager" },
          },
          replicaCount: replicas,
          podDisruptionBudget,
          resources: resources({ cpu: "50m", memory: "128Mi" }, { cpu: "500m", memory: "512Mi" }),
          enableCertificateOwnerRef: true,
          webhook: {
            replicaCount: replicas,
            timeoutSeconds: 10,
            podDisruptionBudget,
            resources: resources({ cpu: "20m", memory: "64Mi" }, { cpu: "200m", memory: "128Mi" }),
          },
          cainjector: {
            replicaCount: replicas,
            podDisruptionBudget,
            resources: resources({ cpu: "20m", memory: "128Mi" }, { cpu: "200m", memory: "512Mi" }),
          },
          // A hook that waits until the webhook answers: the release is Ready only when issuers can be made.
          startupapicheck: {
            resources: resources({ cpu: "10m", memory: "32Mi" }, { cpu: "100m", memory: "64Mi" }),
          },
          prometheus: { enabled: true, servicemonitor: { enabled: false }, podmonitor: { enabled: false } },
        },
      },
      common,
    );
  }
}

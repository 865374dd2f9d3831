import type { Construct } from "constructs";
import { HelmService, type ServiceProps } from "../helm-service.ts";
import { resources } from "../spread.ts";
import { systemNamespaces } from "../system-namespaces.ts";

export interface KyvernoProps extends ServiceProps {
  /** Of the admission controller, which requests wait for; the other controllers have one. @default 3 */
  readonly replicas?: number;
  /** How much is logged, 0 to 6. @default 2 */
  readonly verbosity?: number;
  /** Namespaces that no policy ever looks at, so that a cluster can start without Kyverno. @default {@link systemNamespaces} */
  readonly excludedNamespaces?: readonly string[];
}

/**
 * Policies for what is admitted to the cluster.
 *
 * Helm keeps a release in one Secret, and this one fills 91 % of what a Secret may hold (kyverno/kyverno#14378).
 * So: no annotations on its custom resource definitions, no large values, no chart around it. If it ever fails
 * with "data: Too long", give `values: { crds: { install: false } }` and apply the definitions in a layer before.
 */
export class Kyverno extends HelmService {
  constructor(scope: Construct, id: string, props: KyvernoProps = {}) {
    const { replicas = 3, verbosity = 2, excludedNamespaces = systemNamespaces, ...common } = props;
    // The chart refuses both bounds at once, and minAvailable has a default.
    const podDisruptionBudget = { enabled: true, minAvailable: 0, maxUnavailable: 1 };
    const controller = (memory: string) => ({
      replicas: 1,
      podDisruptionBudget,
      resources: resources({ cpu: "50m", memory: "128Mi" }, { cpu: "500m", memory }),
    });
    super(
      scope,
      id,
      {
        name: "kyverno",
        chart: { repository: "oci://ghcr.io/kyverno/charts", name: "kyverno", version: "3.9.0" },
        namespace: "kyverno",
        images: {
          "admissionController.initContainer.image": "reg.kyverno.io/kyverno/kyvernopre",
          "admissionController.container.image": "reg.kyverno.io/kyverno/kyverno",
          "backgroundController.image": "reg.kyverno.io/kyverno/background-controller",
          "cleanupController.image": "reg.kyverno.io/kyverno/cleanup-controller",
          "reportsController.image": "reg.kyverno.io/kyverno/reports-controller",
          "crds.migration.image": "reg.kyverno.io/kyverno/kyverno-cli",
          "webhooksCleanup.image": "ghcr.io/kyverno/readiness-checker",
          "test.image": "ghcr.io/kyverno/readiness-checker",
        },
        values: {
          global: { priorityClassName: "system-cluster-critical" },
          crds: { install: true, migration: { enabled: true } },
          features: {
            logging: { format: "json", verbosity },
            policyExceptions: { enabled: true, namespace: common.namespace ?? "kyverno" },
          },
          config: {
            preserve: false,
            excludeKyvernoNamespace: true,
            webhooks: {
              namespaceSelector: {
                matchExpressions: [
                  { key: "kubernetes.io/metadata.name", operator: "NotIn", values: [...excludedNamespaces] },
                ],
              },
            },
          },
          admissionController: {
            replicas,
            podDisruptionBudget,
            container: {
              resources: resources({ cpu: "100m", memory: "256Mi" }, { cpu: "1", memory: "768Mi" }),
            },
          },
          backgroundController: controller("256Mi"),
          cleanupController: controller("256Mi"),
          reportsController: controller("512Mi"),
          // It makes its webhooks itself. Left behind, they would refuse every request: a hook removes them.
          webhooksCleanup: { enabled: true },
          grafana: { enabled: false },
        },
      },
      common,
    );
  }
}

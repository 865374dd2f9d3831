import type { Construct } from "constructs";
import { mirrored } from "../../flux/images.ts";
import { HelmService, type ServiceProps } from "../helm-service.ts";
import { resources } from "../spread.ts";

export interface StrimziProps extends ServiceProps {
  /** @default 2 */
  readonly replicas?: number;
  /** DEBUG, INFO, WARN or ERROR. @default INFO */
  readonly logLevel?: string;
}

/**
 * Kafka clusters, topics and users in any namespace. KafkaTopics have a finalizer that only their Kafka's topic
 * operator removes, so they go before it does.
 */
export class Strimzi extends HelmService {
  constructor(scope: Construct, id: string, props: StrimziProps = {}) {
    const { replicas = 2, logLevel = "INFO", ...common } = props;
    const image = mirrored(scope, { registry: "quay.io", repository: "strimzi" });
    super(
      scope,
      id,
      {
        name: "strimzi-kafka-operator",
        chart: { repository: "oci://quay.io/strimzi-helm", name: "strimzi-kafka-operator", version: "1.2.0" },
        namespace: "strimzi-system",
        values: {
          // Of all its images, also of those that it starts for a Kafka.
          defaultImageRegistry: image.registry,
          defaultImageRepository: image.repository,
          replicas,
          leaderElection: { enable: true },
          watchAnyNamespace: true,
          logLevel, // the chart's own default is a placeholder for Java, which Flux would take for its own
          priorityClassName: "system-cluster-critical",
          podDisruptionBudget: { enabled: true, minAvailable: 0, maxUnavailable: 1 },
          resources: resources({ cpu: "200m", memory: "384Mi" }, { memory: "384Mi" }),
          generateNetworkPolicy: true,
          generatePodDisruptionBudget: true,
          createAggregateRoles: true,
          dashboards: { enabled: false },
        },
      },
      common,
    );
  }
}

import type { Construct } from "constructs";
import { KubeObject } from "../kube-object.ts";

/** A topic of a Kafka cluster. */
export interface KafkaTopicProps {
  /** Letters, digits, `.`, `_` and `-`. */
  readonly name: string;
  /** It can grow later, but not shrink. @default 3 */
  readonly partitions?: number;
  /** Copies of each partition. @default 3, or as many as there are nodes */
  readonly replicas?: number;
  /** Settings of the topic, such as `retention.ms`. @default the brokers' */
  readonly config?: Readonly<Record<string, string | number | boolean>>;
}

/** A topic, which the topic operator of the Kafka cluster makes. */
export class KafkaTopic extends KubeObject {
  /**
   * @param kafka the name of the Kafka cluster, in the same namespace
   * @param copies the default of `replicas`
   */
  constructor(
    scope: Construct,
    id: string,
    kafka: string,
    copies: number,
    { name, partitions = 3, replicas = copies, config }: KafkaTopicProps,
  ) {
    const objectName = topicObjectName(name);
    super(scope, id, {
      apiVersion: "kafka.strimzi.io/v1",
      kind: "KafkaTopic",
      teardown: "user",
      metadata: { name: objectName, labels: { "strimzi.io/cluster": kafka } },
      spec: {
        ...(objectName === name ? {} : { topicName: name }),
        partitions,
        replicas,
        ...(config === undefined ? {} : { config }),
      },
    });
  }
}

/** A topic's name may have what a Kubernetes name may not. */
function topicObjectName(topic: string): string {
  return topic
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]/g, "-")
    .replaceAll(/^[.-]+|[.-]+$/g, "");
}

/** What is wrong with a topic of a Kafka cluster with so many nodes. */
export function topicProblems(
  { name, partitions = 3, replicas = 1 }: KafkaTopicProps,
  nodes: number,
): (string | false)[] {
  const topic = `topic '${name}'`;
  return [
    (!/^[a-zA-Z0-9._-]{1,249}$/.test(name) || topicObjectName(name) === "") &&
      `${topic}: a name has up to 249 letters, digits, '.', '_' and '-'`,
    !(Number.isInteger(partitions) && partitions >= 1) &&
      `${topic}: partitions is a whole number from 1 on, not ${partitions}`,
    !(Number.isInteger(replicas) && replicas >= 1) &&
      `${topic}: replicas is a whole number from 1 on, not ${replicas}`,
    replicas > nodes && `${topic}: ${replicas} replicas need as many nodes; there are ${nodes}`,
  ];
}

import type { Construct } from "constructs";
import { contextOf } from "../context.ts";
import { KubeObject, type MergePatch } from "../kube-object.ts";
import { App, type AppProps, optionalVersion, readsOnly } from "./app.ts";
import { KafkaTopic, type KafkaTopicProps, topicProblems } from "./kafka-topic.ts";
import { KafkaUser, type KafkaUserProps, userProblems } from "./kafka-user.ts";
import { refuse } from "./refuse.ts";
import { resourceProblems, type ResourceProps } from "./resources.ts";

/** Where the nodes keep their data. */
export type KafkaStorage =
  | {
      readonly type: "ephemeral";
      /** How much of its node's disk a Kafka node may use, such as `2Gi`. @default no limit */
      readonly size?: string;
    }
  | {
      readonly type: "persistent";
      /** Size of each node's volume, such as `100Gi`. It can grow, if the class lets it, but not shrink. */
      readonly size: string;
      /** The StorageClass. @default the cluster's default one */
      readonly class?: string;
      /**
       * Whether the volumes go with the Kafka cluster. If they stay, a new Kafka cluster of the same name does
       * not start on them: it has another cluster id. @default true in a sandbox, false elsewhere
       */
      readonly deleteWithCluster?: boolean;
    };

/** A way into the Kafka cluster, as Strimzi's `spec.kafka.listeners` has it. */
export interface KafkaListener {
  /** Up to 11 lower-case letters and digits. */
  readonly name: string;
  /** From 9092 on; not 9404 and 9999, which Strimzi uses. */
  readonly port: number;
  readonly type: "internal" | "cluster-ip" | "nodeport" | "loadbalancer" | "ingress";
  readonly tls: boolean;
  readonly authentication?: { readonly type: "tls" | "scram-sha-512" };
  readonly configuration?: Readonly<Record<string, unknown>>;
}

/** A Kafka cluster that Strimzi runs. */
export interface KafkaClusterProps extends AppProps {
  /** How long Flux waits for it to be Ready. @default 15m */
  readonly timeout?: string;
  /** Nodes, each controller and broker: 1, or at least 3. @default 3 where the environment type is highly available, otherwise 1 */
  readonly nodes?: number;
  /** Version of Kafka. @default `image` in versions.yaml, under the app's id; if that has none, what the platform's Strimzi prefers */
  readonly version?: string;
  /** Version of Kafka's metadata, such as `4.3-IV0`: to be raised after `version`, as there is no way back. @default what Strimzi prefers for the version */
  readonly metadataVersion?: string;
  /** @default ephemeral: all is lost when all nodes restart */
  readonly storage?: KafkaStorage;
  /** What a node needs. @default 250m of CPU, 1Gi of memory */
  readonly resources?: ResourceProps;
  /** @default one: `tls`, internal, port 9093, clients identified by certificates */
  readonly listeners?: readonly KafkaListener[];
  /** @default none */
  readonly topics?: readonly KafkaTopicProps[];
  /** Clients, and what they may do; Strimzi puts each one's credentials into a Secret of its name. @default none */
  readonly users?: readonly KafkaUserProps[];
  /** Settings of the brokers; those for replication fit the number of nodes. @default topics are not created by use */
  readonly config?: Readonly<Record<string, string | number | boolean>>;
  /** Whether Prometheus gets the metrics. Needs the PodMonitors of the platform's Prometheus. @default false */
  readonly metrics?: boolean;
  /** Merged into the object of that kind (JSON merge patch). */
  readonly overrides?: { readonly Kafka?: MergePatch; readonly KafkaNodePool?: MergePatch };
}

/**
 * A Kafka cluster, for the platform's option `strimzi`: a Kafka, a pool of nodes of the same name, topics and
 * users. Clients find it at `<name>-kafka-bootstrap:9093`. Who is no user of it may do nothing.
 *
 * Topics carry no finalizer: Flux removes all objects of an app at once, and a topic whose operator went first
 * would never go, nor its namespace. The price is that a topic that is deleted while the operator is down stays
 * in Kafka.
 * @see https://strimzi.io/docs/operators/latest/deploying#con-deleting-managed-topics-str
 * @example
 * new KafkaCluster(apps, "kafka", {
 *   nodes: 3,
 *   storage: { type: "persistent", size: "100Gi" },
 *   topics: [{ name: "orders", partitions: 12, config: { "retention.ms": 604_800_000 } }],
 *   users: [{ name: "shop", read: ["orders"], write: ["orders"], groups: ["shop-"] }],
 * });
 */
export class KafkaCluster extends App {
  readonly nodes: number;

  constructor(scope: Construct, id: string, props: KafkaClusterProps = {}) {
    super(scope, id, props, { timeout: "15m" });
    const cluster = contextOf(this)?.cluster;
    this.nodes = props.nodes ?? ((cluster?.replicas ?? 1) > 1 ? 3 : 1);
    const { topics = [], users = [], metrics = false, overrides = {} } = props;
    refuse(this, kafkaProblems(this.nodes, props));
    const version = optionalVersion(this, "image", props.version);
    readsOnly(this, "image");

    const persistent = props.storage?.type === "persistent";
    // Volumes are outside the cluster: a teardown has to see them go.
    const teardown = persistent ? ("external-state" as const) : undefined;
    const common = { apiVersion: "kafka.strimzi.io/v1", ...(teardown === undefined ? {} : { teardown }) };
    new KubeObject(this, "nodes", {
      ...common,
      kind: "KafkaNodePool",
      metadata: { name: this.name, labels: { "strimzi.io/cluster": this.name } },
      ...(overrides.KafkaNodePool === undefined ? {} : { overrides: overrides.KafkaNodePool }),
      spec: this.#pool(props, cluster?.type === "sandbox"),
    });
    new KubeObject(this, "kafka", {
      ...common,
      kind: "Kafka",
      metadata: { name: this.name },
      ...(overrides.Kafka === undefined ? {} : { overrides: overrides.Kafka }),
      spec: this.#kafka(props, version),
    });
    for (const topic of topics)
      new KafkaTopic(this, `topic-${topic.name}`, this.name, Math.min(3, this.nodes), topic);
    for (const user of users) new KafkaUser(this, `user-${user.name}`, this.name, user);
    if (metrics) this.#podMonitor();
  }

  #pool({ storage = { type: "ephemeral" }, resources = {} }: KafkaClusterProps, inSandbox: boolean): object {
    const { cpu = "250m", memory = "1Gi" } = resources;
    return {
      replicas: this.nodes,
      roles: ["controller", "broker"],
      storage: storageSpec(storage, inSandbox),
      resources: { requests: { cpu, memory }, limits: { memory } },
      template: {
        pod: {
          topologySpreadConstraints: ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map(
            (topologyKey) => ({
              maxSkew: 1,
              topologyKey,
              whenUnsatisfiable: "ScheduleAnyway",
              labelSelector: {
                matchLabels: { "strimzi.io/cluster": this.name, "strimzi.io/pool-name": this.name },
              },
            }),
          ),
        },
      },
    };
  }

  #kafka(
    { metadataVersion, listeners = [mutualTls], config, metrics = false }: KafkaClusterProps,
    version: string | undefined,
  ): object {
    const operator = {
      resources: { requests: { cpu: "50m", memory: "256Mi" }, limits: { memory: "256Mi" } },
    };
    const copies = Math.min(3, this.nodes);
    const inSync = Math.max(1, copies - 1);
    return {
      kafka: {
        ...(version === undefined ? {} : { version }),
        ...(metadataVersion === undefined ? {} : { metadataVersion }),
        listeners,
        authorization: { type: "simple" },
        config: {
          "auto.create.topics.enable": false,
          "default.replication.factor": copies,
          "min.insync.replicas": inSync,
          "offsets.topic.replication.factor": copies,
          "transaction.state.log.replication.factor": copies,
          "transaction.state.log.min.isr": inSync,
          ...config,
        },
        ...(metrics ? { metricsConfig: { type: "strimziMetricsReporter" } } : {}),
      },
      entityOperator: {
        topicOperator: operator,
        userOperator: operator,
        template: { topicOperatorContainer: { env: [{ name: "STRIMZI_USE_FINALIZERS", value: "false" }] } },
      },
    };
  }

  #podMonitor(): void {
    new KubeObject(this, "pod-monitor", {
      apiVersion: "monitoring.coreos.com/v1",
      kind: "PodMonitor",
      metadata: { name: this.name },
      spec: {
        selector: { matchLabels: { "strimzi.io/cluster": this.name, "strimzi.io/kind": "Kafka" } },
        podMetricsEndpoints: [{ port: "tcp-prometheus", path: "/metrics" }],
      },
    });
  }
}

const mutualTls: KafkaListener = {
  name: "tls",
  port: 9093,
  type: "internal",
  tls: true,
  authentication: { type: "tls" },
};

function storageSpec(storage: KafkaStorage, inSandbox: boolean): object {
  if (storage.type === "ephemeral")
    return {
      type: "ephemeral",
      kraftMetadata: "shared",
      ...(storage.size === undefined ? {} : { sizeLimit: storage.size }),
    };
  const { size, class: storageClass, deleteWithCluster = inSandbox } = storage;
  const volume = {
    id: 0,
    type: "persistent-claim",
    size,
    deleteClaim: deleteWithCluster,
    kraftMetadata: "shared",
  };
  // A list of volumes, even of one: only then can there be more later.
  return {
    type: "jbod",
    volumes: [{ ...volume, ...(storageClass === undefined ? {} : { class: storageClass }) }],
  };
}

function kafkaProblems(
  nodes: number,
  { storage, resources, listeners = [mutualTls], topics = [], users = [] }: KafkaClusterProps,
): (string | false)[] {
  const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name);
  const twice = (what: string, list: readonly string[]) =>
    [...new Set(list.filter((name, index) => list.indexOf(name) !== index))].map(
      (name) => `${what} '${name}' is there twice`,
    );
  const quantity = /^\d+(Mi|Gi|Ti)$/;
  return [
    !(Number.isInteger(nodes) && nodes >= 1) && `nodes is a whole number from 1 on, not ${nodes}`,
    nodes === 2 && "2 nodes elect no controller as soon as one is away: take 1, or at least 3",
    storage?.size !== undefined &&
      !quantity.test(storage.size) &&
      `'${storage.size}' is no size of storage, such as 100Gi`,
    ...resourceProblems(resources),
    listeners.length === 0 && "it has no listener: nobody could reach it",
    ...listeners.flatMap(({ name, port }) => [
      !/^[a-z0-9]{1,11}$/.test(name) &&
        `listener '${name}': a name has up to 11 lower-case letters and digits`,
      !(Number.isInteger(port) && port >= 9092 && port <= 65535 && port !== 9404 && port !== 9999) &&
        `listener '${name}': ${port} is no port from 9092 on that Strimzi leaves free (not 9404, 9999)`,
    ]),
    ...twice("listener", names(listeners)),
    ...twice(
      "port",
      listeners.map(({ port }) => String(port)),
    ),
    ...topics.flatMap((topic) => topicProblems(topic, nodes)),
    ...twice("topic", names(topics)),
    ...users.flatMap((user) => userProblems(user, names(topics))),
    ...twice("user", names(users)),
  ];
}

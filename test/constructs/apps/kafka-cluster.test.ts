/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-return -- manifests are looked into at any depth */
import { expect, test } from "vitest";
import { KafkaCluster, type KafkaClusterProps } from "../../../constructs/apps/index.ts";
import { cluster, manifests, plainChart, type Simulation } from "./simulated-cluster.ts";

function objects(props: KafkaClusterProps = {}, simulation: Simulation = {}) {
  const { apps } = cluster(simulation);
  new KafkaCluster(apps, "kafka", props);
  return manifests(apps);
}

test("in a highly available environment three nodes keep three copies", () => {
  const made = objects();
  expect(made["KafkaNodePool/kafka"]).toMatchObject({
    metadata: { labels: { "strimzi.io/cluster": "kafka" } },
    spec: { replicas: 3, roles: ["controller", "broker"], storage: { type: "ephemeral" } },
  });
  expect(made["Kafka/kafka"].spec.kafka.config).toMatchObject({
    "default.replication.factor": 3,
    "min.insync.replicas": 2,
  });
});

test("elsewhere one node does, and asks for no more copies than there are nodes", () => {
  const made = objects({ topics: [{ name: "orders" }] }, { replicas: 1 });
  expect(made["KafkaNodePool/kafka"].spec.replicas).toBe(1);
  expect(made["Kafka/kafka"].spec.kafka.config).toMatchObject({
    "default.replication.factor": 1,
    "min.insync.replicas": 1,
  });
  expect(made["KafkaTopic/orders"].spec).toEqual({ partitions: 3, replicas: 1 });
});

test("by default only clients with certificates get in, and topics are not created by use", () => {
  const { kafka } = objects()["Kafka/kafka"].spec;
  expect(kafka.listeners).toEqual([
    { name: "tls", port: 9093, type: "internal", tls: true, authentication: { type: "tls" } },
  ]);
  expect(kafka.authorization).toEqual({ type: "simple" });
  expect(kafka.config["auto.create.topics.enable"]).toBe(false);
});

test("topics go first in a teardown, and can go without their operator", () => {
  const made = objects({ topics: [{ name: "orders" }] });
  expect(made["KafkaTopic/orders"].metadata.labels).toEqual({
    "sluice.dev/teardown": "user",
    "strimzi.io/cluster": "kafka",
  });
  expect(made["Kafka/kafka"].spec.entityOperator.template.topicOperatorContainer.env).toEqual([
    { name: "STRIMZI_USE_FINALIZERS", value: "false" },
  ]);
});

test("a topic may have a name that no Kubernetes object can", () => {
  expect(
    objects({ topics: [{ name: "Orders_EU", config: { "retention.ms": 7_200_000 } }] })[
      "KafkaTopic/orders-eu"
    ].spec,
  ).toMatchObject({
    topicName: "Orders_EU",
    config: { "retention.ms": 7_200_000 },
  });
});

test("volumes are external state, and go with the cluster in a sandbox only", () => {
  const storage = { type: "persistent", size: "100Gi", class: "gp3" } as const;
  const made = objects({ storage });
  for (const object of ["Kafka/kafka", "KafkaNodePool/kafka"])
    expect(made[object].metadata.labels["sluice.dev/teardown"]).toBe("external-state");
  const volumes = (type: string, deleteWithCluster?: boolean) =>
    objects({ storage: { ...storage, deleteWithCluster } }, { type })["KafkaNodePool/kafka"].spec.storage
      .volumes;
  expect(volumes("production")).toEqual([
    {
      id: 0,
      type: "persistent-claim",
      size: "100Gi",
      class: "gp3",
      deleteClaim: false,
      kraftMetadata: "shared",
    },
  ]);
  expect(volumes("sandbox")[0].deleteClaim).toBe(true);
  expect(volumes("sandbox", false)[0].deleteClaim).toBe(false);
});

test("a user may do what is said and nothing else", () => {
  const made = objects({
    topics: [{ name: "orders" }],
    users: [{ name: "shop", read: ["orders"], write: ["audit-*"] }],
  });
  expect(made["KafkaUser/shop"].spec).toEqual({
    authentication: { type: "tls" },
    authorization: {
      type: "simple",
      acls: [
        {
          resource: { type: "topic", name: "orders", patternType: "literal" },
          operations: ["Describe", "Read"],
        },
        {
          resource: { type: "topic", name: "audit-", patternType: "prefix" },
          operations: ["Describe", "Write"],
        },
        { resource: { type: "group", name: "shop", patternType: "prefix" }, operations: ["Read"] },
      ],
    },
  });
});

test("its version comes from versions.yaml, a prop, or else from Strimzi", () => {
  const version = (props: KafkaClusterProps, versions = "") =>
    objects(props, { versions })["Kafka/kafka"].spec.kafka.version;
  expect(version({}, "kafka:\n  image: 4.3.1")).toBe("4.3.1");
  expect(version({ version: "4.2.0" })).toBe("4.2.0");
  expect(version({})).toBeUndefined();
});

test("Prometheus gets its metrics if asked for", () => {
  const made = objects({ metrics: true });
  expect(made["Kafka/kafka"].spec.kafka.metricsConfig).toEqual({ type: "strimziMetricsReporter" });
  expect(made["PodMonitor/kafka"].spec.selector.matchLabels["strimzi.io/cluster"]).toBe("kafka");
});

test("it is given time to start, and stands in someone else's chart", () => {
  expect(new KafkaCluster(cluster().apps, "kafka").props.timeout).toBe("15m");
  expect(new KafkaCluster(cluster().apps, "kafka", { timeout: "30m" }).props.timeout).toBe("30m");
  const team = plainChart("team-a");
  new KafkaCluster(team, "events", {
    nodes: 3,
    overrides: { Kafka: { spec: { kafka: { rack: { topologyKey: "topology.kubernetes.io/zone" } } } } },
  });
  const made = manifests(team);
  expect(made["Kafka/events"].metadata.namespace).toBe("team-a");
  expect(made["Kafka/events"].spec.kafka.rack).toEqual({ topologyKey: "topology.kubernetes.io/zone" });
});

test.each<[string, KafkaClusterProps]>([
  ["2 nodes elect no controller", { nodes: 2 }],
  [
    "topic 'orders': partitions is a whole number from 1 on, not 0",
    { topics: [{ name: "orders", partitions: 0 }] },
  ],
  [
    "topic 'orders': 5 replicas need as many nodes; there are 3",
    { topics: [{ name: "orders", replicas: 5 }] },
  ],
  ["topic 'a/b': a name has", { topics: [{ name: "a/b" }] }],
  ["topic 'orders' is there twice", { topics: [{ name: "orders" }, { name: "orders" }] }],
  [
    "user 'shop': 'ordrs' is no topic here",
    { topics: [{ name: "orders" }], users: [{ name: "shop", read: ["ordrs"] }] },
  ],
  [
    "listener 'plain': 80 is no port",
    { listeners: [{ name: "plain", port: 80, type: "internal", tls: false }] },
  ],
  ["'10GB' is no size of storage", { storage: { type: "persistent", size: "10GB" } }],
])("refused: %s", (message, props) => {
  expect(() => objects(props)).toThrow(`apps/kafka: ${message}`);
});

import type { Construct } from "constructs";
import { KubeObject } from "../kube-object.ts";

/** A client of a Kafka cluster. */
export interface KafkaUserProps {
  /** A DNS name: also that of the Secret with the credentials. */
  readonly name: string;
  /** How it proves who it is: has to be the listener's way. @default tls: a certificate */
  readonly authentication?: "tls" | "scram-sha-512";
  /** Topics that it may read. One that ends in `*` stands for all that begin so. @default none */
  readonly read?: readonly string[];
  /** Topics that it may write to, likewise. @default none */
  readonly write?: readonly string[];
  /** What its consumer groups' names begin with. @default none, or its own name if it reads a topic */
  readonly groups?: readonly string[];
}

/** A client, whose credentials the user operator of the Kafka cluster puts into a Secret of its name. */
export class KafkaUser extends KubeObject {
  /** @param kafka the name of the Kafka cluster, in the same namespace */
  constructor(
    scope: Construct,
    id: string,
    kafka: string,
    {
      name,
      authentication = "tls",
      read = [],
      write = [],
      groups = read.length === 0 ? [] : [name],
    }: KafkaUserProps,
  ) {
    const acls = [
      ...read.map((topic) => ({ resource: resource("topic", topic), operations: ["Describe", "Read"] })),
      ...write.map((topic) => ({ resource: resource("topic", topic), operations: ["Describe", "Write"] })),
      ...groups.map((group) => ({ resource: resource("group", `${group}*`), operations: ["Read"] })),
    ];
    super(scope, id, {
      apiVersion: "kafka.strimzi.io/v1",
      kind: "KafkaUser",
      teardown: "user",
      metadata: { name, labels: { "strimzi.io/cluster": kafka } },
      spec: { authentication: { type: authentication }, authorization: { type: "simple", acls } },
    });
  }
}

function resource(type: "topic" | "group", name: string): object {
  if (name === "*") return { type, name, patternType: "literal" };
  return name.endsWith("*")
    ? { type, name: name.slice(0, -1), patternType: "prefix" }
    : { type, name, patternType: "literal" };
}

/** What is wrong with a user. @param topics the names of the topics that the Kafka cluster has */
export function userProblems(
  { name, read = [], write = [], groups = [] }: KafkaUserProps,
  topics: readonly string[],
): (string | false)[] {
  const user = `user '${name}'`;
  const unknown = [...new Set([...read, ...write])].filter(
    (topic) => !topic.endsWith("*") && !topics.includes(topic),
  );
  return [
    !/^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/.test(name) &&
      `${user}: a name has lower-case letters, digits, '-' and '.'`,
    ...unknown.map((topic) => `${user}: '${topic}' is no topic here`),
    ...groups.map(
      (group) => group.endsWith("*") && `${user}: a group is given by what its name begins with, without '*'`,
    ),
  ];
}

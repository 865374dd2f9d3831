import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Built } from "./build.ts";
import { KubeClient } from "./kube-client.ts";
import type { Processes } from "./processes.ts";

/** How many ports Kubernetes itself needs. */
export const kubernetesPorts = 4;

/** A cluster that runs. */
export interface RunningKubernetes {
  readonly kubeconfig: string;
  readonly client: KubeClient;
  /** Removes what does not end with the processes. */
  readonly remove: () => Promise<void>;
}

/**
 * Starts etcd, the API server, the controller manager, the scheduler, and kwok, which makes nodes and pods Ready
 * that no machine runs.
 * @param port the first of {@link kubernetesPorts} free ones
 * @param nodes how many nodes there are, in three zones
 */
export async function startKubernetes(
  processes: Processes,
  { program, kept }: Built,
  port: number,
  nodes: number,
): Promise<RunningKubernetes> {
  const { folder } = processes;
  const at = (name: string) => join(folder, name);
  const [etcd, peers, api, kwok] = [port, port + 1, port + 2, port + 3];
  const token = randomBytes(24).toString("hex");
  writeFileSync(at("tokens.csv"), `${token},admin,admin,"system:masters"\n`, { mode: 0o600 });
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  writeFileSync(at("service-accounts.key"), privateKey.export({ type: "pkcs8", format: "pem" }), {
    mode: 0o600,
  });
  writeFileSync(at("service-accounts.pub"), publicKey.export({ type: "spki", format: "pem" }));

  await processes.start({
    name: "etcd",
    command: program("etcd"),
    args: [
      `--data-dir=${at("etcd")}`,
      `--listen-client-urls=http://127.0.0.1:${etcd}`,
      `--advertise-client-urls=http://127.0.0.1:${etcd}`,
      `--listen-peer-urls=http://127.0.0.1:${peers}`,
      `--initial-advertise-peer-urls=http://127.0.0.1:${peers}`,
      `--initial-cluster=default=http://127.0.0.1:${peers}`,
      "--unsafe-no-fsync", // it lives as long as a test
      "--log-level=warn",
    ],
  });
  mkdirSync(at("certificates"));
  await processes.start({
    name: "kube-apiserver",
    command: program("kube-apiserver"),
    args: [
      `--etcd-servers=http://127.0.0.1:${etcd}`,
      "--bind-address=127.0.0.1",
      "--advertise-address=127.0.0.1",
      `--secure-port=${api}`,
      `--cert-dir=${at("certificates")}`, // it makes its own, with the authority in the same file
      `--token-auth-file=${at("tokens.csv")}`,
      "--anonymous-auth=false",
      "--authorization-mode=RBAC",
      "--endpoint-reconciler-type=none",
      "--service-cluster-ip-range=10.96.0.0/16",
      "--service-account-issuer=https://kubernetes.default.svc",
      `--service-account-signing-key-file=${at("service-accounts.key")}`,
      `--service-account-key-file=${at("service-accounts.pub")}`,
      "--allow-privileged=true",
      "--enable-priority-and-fairness=false",
      "--profiling=false",
    ],
  });
  const authority = at("certificates/apiserver.crt");
  await until(
    () => existsSync(authority),
    20,
    () => processes.ended("kube-apiserver") ?? processes.ended("etcd"),
    "the API server's certificate",
  );
  const kubeconfig = kubeconfigFor(`https://127.0.0.1:${api}`, readFileSync(authority), token);
  writeFileSync(at("kubeconfig"), kubeconfig, { mode: 0o600 });
  const client = new KubeClient(kubeconfig);
  let answer = "";
  await until(
    async () => {
      const asked = client.request<string>("GET", "/readyz");
      answer = await Promise.race([
        asked.catch((error: unknown) => (error as Error).message),
        // A connection of before it serves may never be answered.
        sleep(5000, "no answer within 5 s", { ref: false }),
      ]);
      return answer === "ok";
    },
    120, // it takes four, but not where others want the same processor
    () => processes.ended("kube-apiserver") ?? processes.ended("etcd"),
    "the API server",
  ).catch((error: unknown) => {
    const logs = ["etcd", "kube-apiserver"].map((name) => `${name}:\n${processes.logTail(name)}`);
    throw new Error([(error as Error).message, `it says: ${answer}`, ...logs].join("\n"), { cause: error });
  });

  await processes.start({
    name: "kube-controller-manager",
    command: program("kube-controller-manager"),
    args: [
      `--kubeconfig=${at("kubeconfig")}`,
      "--secure-port=0",
      "--leader-elect=false",
      `--service-account-private-key-file=${at("service-accounts.key")}`,
      `--root-ca-file=${authority}`,
      // Autoscalers would ask for metrics that nobody has.
      "--controllers=*,-horizontal-pod-autoscaler-controller,-node-ipam-controller,-node-route-controller",
      "--pvclaimbinder-sync-period=1s",
      "--kube-api-qps=500",
      "--kube-api-burst=1000",
    ],
  });
  await processes.start({
    name: "kube-scheduler",
    command: program("kube-scheduler"),
    args: [
      `--kubeconfig=${at("kubeconfig")}`,
      "--secure-port=0",
      "--leader-elect=false",
      "--kube-api-qps=500",
      "--kube-api-burst=1000",
    ],
  });
  writeFileSync(at("stages.yaml"), stages(kept("kwok", "pod"), kept("kwok", "node")));
  await processes.start({
    name: "kwok",
    command: program("kwok"),
    args: [
      `--kubeconfig=${at("kubeconfig")}`,
      `--config=${at("stages.yaml")}`,
      "--manage-all-nodes=true",
      `--server-address=127.0.0.1:${kwok}`,
      "--node-lease-duration-seconds=40",
    ],
  });
  await Promise.all(Array.from({ length: nodes }, (_, index) => client.apply(node(index))));
  return { kubeconfig, client, remove: () => Promise.resolve() };
}

/** kwok's stages in one file: without any, it ends. */
function stages(...folders: readonly string[]): string {
  return folders
    .flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => name.endsWith(".yaml") && name !== "kustomization.yaml")
        .sort()
        .map((name) => readFileSync(join(folder, name), "utf8")),
    )
    .join("\n---\n");
}

function node(index: number) {
  const name = `node-${index}`;
  const capacity = { cpu: "64", memory: "256Gi", pods: "1000" };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "topology.kubernetes.io/zone": `zone-${index % 3}`,
      },
    },
    status: { capacity, allocatable: capacity },
  };
}

function kubeconfigFor(server: string, authority: Buffer, token: string): string {
  return JSON.stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      "current-context": "test",
      clusters: [
        { name: "test", cluster: { server, "certificate-authority-data": authority.toString("base64") } },
      ],
      contexts: [{ name: "test", context: { cluster: "test", user: "admin" } }],
      users: [{ name: "admin", user: { token } }],
    },
    null,
    2,
  );
}

/**
 * Waits until something holds.
 * @param seconds how long at most
 * @param dead says why it never will, when it never will
 */
export async function until(
  holds: () => boolean | Promise<boolean>,
  seconds: number,
  dead: () => string | undefined,
  what: string,
): Promise<void> {
  const deadline = Date.now() + 1000 * seconds;
  while (!(await holds())) {
    const why = dead();
    if (why !== undefined) throw new Error(why);
    if (Date.now() > deadline) throw new Error(`${what} was not there within ${seconds} s`);
    await sleep(50);
  }
}

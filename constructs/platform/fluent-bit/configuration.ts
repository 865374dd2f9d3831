/** Where logs are sent. */
export interface LogDestination {
  readonly host: string;
  /** @default 443 with TLS, else 80 */
  readonly port?: number;
  /** @default false */
  readonly tls?: boolean;
  /** Loki's push API, or any server that takes JSON by HTTP. @default loki */
  readonly kind?: "loki" | "http";
  /** Path that a server which is not Loki takes lines at. @default / */
  readonly path?: string;
}

/** Fluent Bit's own settings. */
export function service(logLevel: string): string {
  return section("SERVICE", {
    Daemon: "Off",
    Flush: "1",
    Log_Level: logLevel,
    Parsers_File: "/fluent-bit/etc/parsers.conf",
    HTTP_Server: "On",
    HTTP_Listen: "0.0.0.0",
    HTTP_Port: "2020",
    "storage.path": "/var/log/flb-storage/",
    "storage.max_chunks_up": "64",
    "storage.backlog.mem_limit": "16M",
  });
}

/** The logs of all containers but its own, read on where it stopped before. */
export const inputs = section("INPUT", {
  Name: "tail",
  Path: "/var/log/containers/*.log",
  Exclude_Path: "/var/log/containers/fluent-bit-*.log",
  "multiline.parser": "docker, cri",
  Tag: "kube.*",
  DB: "/var/log/flb-tail.db",
  Mem_Buf_Limit: "16MB",
  Skip_Long_Lines: "On",
  "storage.type": "filesystem",
});

/** Adds what Kubernetes knows of the pod, and reads lines that are JSON. */
export const parsing = section("FILTER", {
  Name: "kubernetes",
  Match: "kube.*",
  Merge_Log: "On",
  Keep_Log: "Off",
  "K8S-Logging.Parser": "On",
  "K8S-Logging.Exclude": "On",
});

/** What cannot be sent is kept on the node, half a gigabyte of it, and tried ten times. */
export function output(
  { host, port, tls = false, kind = "loki", path = "/" }: LogDestination,
  cluster: string,
): string {
  const protocol: Record<string, string> =
    kind === "loki"
      ? {
          Labels: `job=fluent-bit, cluster=${cluster}`,
          Label_keys: "$kubernetes['namespace_name'],$kubernetes['pod_name'],$kubernetes['container_name']",
          Line_format: "json",
        }
      : {
          URI: path,
          Format: "json",
          Json_date_key: "timestamp",
          Json_date_format: "iso8601",
          Header: `X-Cluster ${cluster}`,
          Compress: "gzip",
        };
  return section("OUTPUT", {
    Name: kind,
    Match: "kube.*",
    Host: host,
    Port: String(port ?? (tls ? 443 : 80)),
    Tls: tls ? "On" : "Off",
    ...protocol,
    Retry_Limit: "10",
    "storage.total_limit_size": "512M",
  });
}

function section(name: string, settings: Readonly<Record<string, string>>): string {
  const lines = Object.entries(settings).map(([key, value]) => `    ${key} ${value}\n`);
  return `[${name}]\n${lines.join("")}`;
}

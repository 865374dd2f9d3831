/** What Prometheus reads metrics of, and how. */
export interface Monitor {
  /** The namespace of the pods. */
  readonly namespace: string;
  /** Labels of the Service, or of the pods with `of: "pods"`. */
  readonly labels: Readonly<Record<string, string>>;
  /** Name of the port. */
  readonly port: string;
  /** @default services */
  readonly of?: "services" | "pods";
  /** @default /metrics */
  readonly path?: string;
  /** The port speaks TLS with a certificate that nobody has signed, and wants to know who asks. @default false */
  readonly secured?: boolean;
}

const named = (name: string, component?: string) => ({
  "app.kubernetes.io/name": name,
  ...(component === undefined ? {} : { "app.kubernetes.io/component": component }),
});

/** The services of the platform's layers, and Flux itself. */
export const platformMonitors: Readonly<Record<string, Monitor>> = {
  "cert-manager": {
    namespace: "cert-manager",
    labels: { "app.kubernetes.io/instance": "cert-manager", "app.kubernetes.io/component": "controller" },
    port: "http-metrics",
  },
  "external-secrets": { namespace: "external-secrets", labels: named("external-secrets"), port: "metrics" },
  "fluent-bit": {
    namespace: "logging",
    labels: named("fluent-bit"),
    port: "http",
    path: "/api/v2/metrics/prometheus",
  },
  // Every controller of Flux has this port, and nothing else in its namespace does.
  flux: { namespace: "flux-system", labels: {}, port: "http-prom", of: "pods" },
  kyverno: { namespace: "kyverno", labels: { "app.kubernetes.io/part-of": "kyverno" }, port: "metrics-port" },
  "metrics-server": {
    namespace: "kube-system",
    labels: named("metrics-server"),
    port: "https",
    secured: true,
  },
  "rbac-manager": {
    namespace: "rbac-manager",
    labels: { app: "rbac-manager" },
    port: "http-metrics",
    of: "pods",
  },
  traefik: { namespace: "traefik", labels: named("traefik", "metrics"), port: "metrics" },
};

/** Kafka clusters say themselves what of them is to be read; this is their operator. */
export const strimziMonitor: Monitor = {
  namespace: "strimzi-system",
  labels: { "strimzi.io/kind": "cluster-operator" },
  port: "http",
  of: "pods",
};

/** HashiCorp's operator. */
export const vaultSecretsOperatorMonitor: Monitor = {
  namespace: "vault-secrets-operator-system",
  labels: { "app.kubernetes.io/name": "vault-secrets-operator" },
  port: "https",
  secured: true,
};

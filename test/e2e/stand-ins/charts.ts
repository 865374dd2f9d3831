import type { KindBehaviour } from "./behaviour.ts";

/** A chart's stand-in: what of the real one matters to Flux and to a teardown. */
export interface StandInChart {
  /** Kinds that it defines: `group/version`, and the kinds in it, those of the whole cluster with a `*` before. */
  readonly kinds?: Readonly<Record<string, readonly string[]>>;
  /** Where the definitions are: in the folder `crds`, which Helm never deletes, or among the templates. */
  readonly definitions?: "crds" | "templates" | "kept templates";
  /** What its operator does. */
  readonly operates?: readonly KindBehaviour[];
  /** The Go template of the number of replicas. @default 1 */
  readonly replicas?: string;
  /** Further objects, whose strings may be Go templates. */
  readonly objects?: readonly Readonly<Record<string, unknown>>[];
}

const volume = (size: string) => ({
  metadata: { name: "data" },
  spec: {
    accessModes: ["ReadWriteOnce"],
    storageClassName: "general",
    resources: { requests: { storage: size } },
  },
});

/** Pods with volumes, as prometheus-operator makes them. */
const statefulSet = (prefix: string) => ({
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name: `${prefix}-$(name)`, namespace: "$(namespace)" },
  spec: {
    serviceName: prefix,
    replicas: 1,
    selector: { matchLabels: { app: `${prefix}-$(name)` } },
    template: {
      metadata: { labels: { app: `${prefix}-$(name)` } },
      spec: { containers: [{ name: "main", image: "registry.k8s.io/pause:3.10" }] },
    },
    volumeClaimTemplates: [volume("1Gi")],
  },
});

const secret = (name: string) => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name, namespace: "$(namespace)" },
  stringData: { made: "by a stand-in" },
});

/**
 * Stand-ins of the charts that the reference fleet uses, by name. Kinds, finalizers and what is left behind are as
 * in the real charts and their operators.
 */
export const standInCharts: Readonly<Record<string, StandInChart>> = {
  "metrics-server": { replicas: "{{ .Values.replicas | default 1 }}" },
  "fluent-bit": {},
  "cert-manager": {
    replicas: "{{ .Values.replicaCount | default 1 }}",
    definitions: "kept templates",
    kinds: {
      "cert-manager.io/v1": ["Certificate", "CertificateRequest", "Issuer", "*ClusterIssuer"],
      "acme.cert-manager.io/v1": ["Order", "Challenge"],
    },
    operates: [
      { apiVersion: "cert-manager.io/v1", kind: "ClusterIssuer", ready: "condition", neverReadyWith: "acme" },
      { apiVersion: "cert-manager.io/v1", kind: "Issuer", ready: "condition", neverReadyWith: "acme" },
      {
        apiVersion: "cert-manager.io/v1",
        kind: "Certificate",
        ready: "condition",
        children: [secret("$(name)")],
        ownsChildren: false, // unless it is told to, cert-manager leaves them
      },
      {
        apiVersion: "acme.cert-manager.io/v1",
        kind: "Challenge",
        finalizer: "acme.cert-manager.io/finalizer",
      },
    ],
  },
  "external-secrets": {
    replicas: "{{ .Values.replicaCount | default 1 }}",
    definitions: "templates",
    kinds: {
      "external-secrets.io/v1": [
        "ExternalSecret",
        "SecretStore",
        "*ClusterSecretStore",
        "*ClusterExternalSecret",
      ],
      "external-secrets.io/v1alpha1": ["PushSecret"],
    },
    operates: [
      { apiVersion: "external-secrets.io/v1", kind: "ClusterSecretStore", ready: "condition" },
      { apiVersion: "external-secrets.io/v1", kind: "SecretStore", ready: "condition" },
      {
        apiVersion: "external-secrets.io/v1",
        kind: "ExternalSecret",
        ready: "condition",
        finalizer: "externalsecrets.external-secrets.io/externalsecret-cleanup",
        children: [secret("$(name)")],
      },
      {
        apiVersion: "external-secrets.io/v1alpha1",
        kind: "PushSecret",
        ready: "condition",
        finalizer: "pushsecret.externalsecrets.io/finalizer",
        external: "pushed-secret",
      },
    ],
  },
  "kube-prometheus-stack": {
    definitions: "crds",
    kinds: {
      "monitoring.coreos.com/v1": [
        ...[
          "Alertmanager",
          "PodMonitor",
          "Probe",
          "Prometheus",
          "PrometheusRule",
          "ServiceMonitor",
          "ThanosRuler",
        ],
      ],
      "monitoring.coreos.com/v1alpha1": ["AlertmanagerConfig", "PrometheusAgent", "ScrapeConfig"],
    },
    operates: [
      { apiVersion: "monitoring.coreos.com/v1", kind: "Prometheus", children: [statefulSet("prometheus")] },
      {
        apiVersion: "monitoring.coreos.com/v1",
        kind: "Alertmanager",
        children: [statefulSet("alertmanager")],
      },
    ],
    objects: ["Prometheus", "Alertmanager"].map((kind) => ({
      apiVersion: "monitoring.coreos.com/v1",
      kind,
      metadata: { name: "{{ .Release.Name }}", namespace: "{{ .Release.Namespace }}" },
      spec: {},
    })),
  },
  kyverno: {
    replicas: '{{ dig "replicas" 1 (.Values.admissionController | default dict) }}',
    definitions: "templates",
    kinds: {
      "policies.kyverno.io/v1": [
        ...[
          "*ValidatingPolicy",
          "*MutatingPolicy",
          "*GeneratingPolicy",
          "*ImageValidatingPolicy",
          "PolicyException",
        ],
      ],
    },
    operates: [{ apiVersion: "policies.kyverno.io/v1", kind: "ValidatingPolicy", ready: "conditionStatus" }],
  },
  "rbac-manager": {
    definitions: "crds",
    kinds: { "rbacmanager.reactiveops.io/v1beta1": ["*RBACDefinition"] },
    operates: [
      {
        apiVersion: "rbacmanager.reactiveops.io/v1beta1",
        kind: "RBACDefinition",
        children: [
          {
            apiVersion: "rbac.authorization.k8s.io/v1",
            kind: "ClusterRoleBinding",
            metadata: { name: "$(name)-stand-in" },
            roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
            subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "stand-in" }],
          },
        ],
      },
    ],
  },
  traefik: {
    replicas: '{{ dig "replicas" 1 (.Values.deployment | default dict) }}',
    definitions: "crds",
    kinds: {
      "traefik.io/v1alpha1": [
        ...[
          "IngressRoute",
          "IngressRouteTCP",
          "IngressRouteUDP",
          "Middleware",
          "MiddlewareTCP",
          "ServersTransport",
        ],
        ...["ServersTransportTCP", "TLSOption", "TLSStore", "TraefikService"],
      ],
    },
    objects: [
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: {
          name: "{{ .Release.Name }}",
          namespace: "{{ .Release.Namespace }}",
          labels: "{{ .Values.service.labels | default dict | toJson }}",
          annotations: "{{ .Values.service.annotations | default dict | toJson }}",
        },
        spec: {
          type: '{{ dig "spec" "type" "LoadBalancer" .Values.service }}',
          selector: { app: "{{ .Release.Name }}" },
          ports: [{ name: "websecure", port: 443, targetPort: 8443 }],
        },
      },
      {
        apiVersion: "networking.k8s.io/v1",
        kind: "IngressClass",
        metadata: { name: "traefik" },
        spec: { controller: "traefik.io/ingress-controller" },
      },
    ],
  },
  "strimzi-kafka-operator": {
    replicas: "{{ .Values.replicas | default 1 }}",
    definitions: "crds",
    kinds: {
      "kafka.strimzi.io/v1": [
        ...[
          "Kafka",
          "KafkaNodePool",
          "KafkaTopic",
          "KafkaUser",
          "KafkaConnect",
          "KafkaConnector",
          "KafkaRebalance",
        ],
      ],
      "core.strimzi.io/v1": ["StrimziPodSet"],
    },
    operates: [
      {
        apiVersion: "kafka.strimzi.io/v1",
        kind: "Kafka",
        ready: "condition",
        children: [
          secret("$(name)-cluster-ca-cert"),
          {
            apiVersion: "v1",
            kind: "Service",
            metadata: { name: "$(name)-kafka-bootstrap", namespace: "$(namespace)" },
            spec: { selector: { "strimzi.io/cluster": "$(name)" }, ports: [{ name: "tls", port: 9093 }] },
          },
        ],
      },
      { apiVersion: "kafka.strimzi.io/v1", kind: "KafkaNodePool", ready: "condition" },
      { apiVersion: "kafka.strimzi.io/v1", kind: "KafkaTopic", ready: "condition" },
      {
        apiVersion: "kafka.strimzi.io/v1",
        kind: "KafkaUser",
        ready: "condition",
        children: [secret("$(name)")],
      },
    ],
  },
  "vault-secrets-operator": {
    replicas: '{{ dig "replicas" 1 (.Values.controller | default dict) }}',
    definitions: "crds",
    kinds: {
      "secrets.hashicorp.com/v1beta1": [
        ...["VaultConnection", "VaultAuth", "VaultStaticSecret", "VaultDynamicSecret", "VaultPKISecret"],
      ],
    },
    operates: [
      "VaultConnection",
      "VaultAuth",
      "VaultStaticSecret",
      "VaultDynamicSecret",
      "VaultPKISecret",
    ].map((kind) => ({
      apiVersion: "secrets.hashicorp.com/v1beta1",
      kind,
      finalizer: `${kind.toLowerCase()}${kind === "VaultPKISecret" ? "s" : ""}.secrets.hashicorp.com/finalizer`,
    })),
  },
  keda: {
    replicas: '{{ dig "replicaCount" 1 (.Values.operator | default dict) }}',
    definitions: "kept templates",
    kinds: {
      "keda.sh/v1alpha1": [
        "ScaledObject",
        "ScaledJob",
        "TriggerAuthentication",
        "*ClusterTriggerAuthentication",
      ],
    },
    operates: ["ScaledObject", "ScaledJob"].map((kind) => ({
      apiVersion: "keda.sh/v1alpha1",
      kind,
      ready: "condition",
      finalizer: "finalizer.keda.sh",
    })),
  },
  podinfo: {
    replicas: "{{ .Values.replicaCount | default 1 }}",
    objects: [
      {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "{{ .Release.Name }}-ui", namespace: "{{ .Release.Namespace }}" },
        data: { message: "{{ .Values.ui.message }}", version: "{{ .Chart.Version }}" },
      },
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "{{ .Release.Name }}", namespace: "{{ .Release.Namespace }}" },
        spec: { selector: { app: "{{ .Release.Name }}" }, ports: [{ name: "http", port: 9898 }] },
      },
    ],
  },
};

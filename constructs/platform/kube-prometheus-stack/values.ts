import { teardownLabel } from "../../../lib/flux/teardown-label.ts";
import { resources } from "../spread.ts";
import { alertmanagerConfig, receiverFolder } from "./alertmanager-config.ts";
import { fluxStates } from "./flux-states.ts";
import type { KubePrometheusStackProps } from "./kube-prometheus-stack.ts";

/** The release's name, and that of its Prometheus and its Alertmanager. */
export const stackName = "kube-prometheus-stack";

const critical = { priorityClassName: "system-cluster-critical" };
const off = { enabled: false };

/** The chart's values for the props of the construct. */
export function valuesOf(props: KubePrometheusStackProps): Record<string, unknown> {
  const { logLevel = "info" } = props;
  return {
    crds: { enabled: true, upgradeJob: off }, // Flux upgrades them
    cleanPrometheusOperatorObjectNames: true,
    ...whatIsWatched,
    prometheusOperator: operator(logLevel),
    prometheus: { podDisruptionBudget: off, prometheusSpec: prometheus(props) },
    alertmanager: {
      podDisruptionBudget: off,
      config: alertmanagerConfig(props.paging ?? {}),
      alertmanagerSpec: alertmanager(props),
    },
    grafana: grafana(logLevel),
    "kube-state-metrics": {
      replicas: 1, // two would tell everything twice
      ...critical,
      resources: resources({ cpu: "20m", memory: "96Mi" }, { memory: "256Mi" }),
      ...fluxStates(),
    },
    "prometheus-node-exporter": {
      priorityClassName: "system-node-critical",
      resources: resources({ cpu: "20m", memory: "32Mi" }, { memory: "96Mi" }),
    },
  };
}

/** Parts of the control plane that neither EKS nor kind lets anyone scrape are left out, with their alerts. */
const whatIsWatched = {
  kubeControllerManager: off,
  kubeScheduler: off,
  kubeEtcd: off,
  kubeProxy: off,
  windowsMonitoring: off,
  thanosRuler: off,
  defaultRules: {
    create: true,
    rules: {
      etcd: false,
      kubeControllerManager: false,
      kubeSchedulerAlerting: false,
      kubeSchedulerRecording: false,
      kubeProxy: false,
      windows: false,
    },
  },
};

function operator(logLevel: string): object {
  return {
    logLevel,
    logFormat: "json",
    ...critical,
    kubeletEndpointsEnabled: false, // Kubernetes deprecates Endpoints since 1.33
    kubeletEndpointSliceEnabled: true,
    resources: resources({ cpu: "50m", memory: "128Mi" }, { memory: "256Mi" }),
    prometheusConfigReloader: {
      resources: resources({ cpu: "10m", memory: "32Mi" }, { cpu: "100m", memory: "64Mi" }),
    },
    admissionWebhooks: {
      enabled: true,
      patch: {
        enabled: true,
        ...critical,
        resources: resources({ cpu: "10m", memory: "32Mi" }, { memory: "64Mi" }),
      },
    },
  };
}

function prometheus({
  replicas = 2,
  logLevel = "info",
  cluster = "cluster",
  retention = "15d",
  gigabytes = 50,
  memory = "2Gi",
  storageClass,
}: KubePrometheusStackProps): object {
  const everything = ["serviceMonitor", "podMonitor", "probe", "rule", "scrapeConfig"].flatMap((kind) => [
    [`${kind}SelectorNilUsesHelmValues`, false],
    [`${kind}Selector`, {}],
    [`${kind}NamespaceSelector`, {}],
  ]);
  return {
    replicas,
    logLevel,
    logFormat: "json",
    retention,
    retentionSize: `${gigabytes}GB`, // a gigabyte is 7 % less than the volume's Gi: room for the log ahead
    ...critical,
    scrapeInterval: "30s",
    evaluationInterval: "30s",
    replicaExternalLabelName: "prometheus_replica",
    externalLabels: { cluster },
    podAntiAffinity: "soft",
    serviceDiscoveryRole: "EndpointSlice",
    ...(Object.fromEntries(everything) as object),
    resources: resources({ cpu: "200m", memory }, { memory }),
    storageSpec: { volumeClaimTemplate: volume(`${gigabytes}Gi`, storageClass) },
    persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Retain" },
  };
}

function alertmanager({
  replicas = 2,
  logLevel = "info",
  storageClass,
  receiverSecret = "alerting",
}: KubePrometheusStackProps): object {
  return {
    replicas,
    logLevel,
    logFormat: "json",
    retention: "120h",
    ...critical,
    podAntiAffinity: "soft",
    alertmanagerConfigSelector: {},
    alertmanagerConfigNamespaceSelector: {},
    // Not the operator's own way to mount a Secret: a missing one would keep the pod from starting.
    volumes: [{ name: "receiver", secret: { secretName: receiverSecret, optional: true } }],
    volumeMounts: [{ name: "receiver", mountPath: receiverFolder, readOnly: true }],
    resources: resources({ cpu: "20m", memory: "64Mi" }, { memory: "128Mi" }),
    storage: { volumeClaimTemplate: volume("2Gi", storageClass) },
    persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Retain" },
  };
}

function volume(storage: string, storageClassName: string | undefined): object {
  return {
    metadata: { labels: { [teardownLabel]: "external-state" } },
    spec: {
      ...(storageClassName === undefined ? {} : { storageClassName }),
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage } },
    },
  };
}

/** Without a volume: dashboards come from ConfigMaps, users from nowhere. The chart makes the admin's password. */
function grafana(logLevel: string): object {
  return {
    replicas: 1,
    ...critical,
    ingress: off,
    testFramework: off,
    initChownData: off,
    persistence: off,
    resources: resources({ cpu: "100m", memory: "256Mi" }, { memory: "512Mi" }),
    sidecar: {
      resources: resources({ cpu: "10m", memory: "96Mi" }, { memory: "192Mi" }),
      dashboards: { enabled: true, label: "grafana_dashboard", labelValue: "1", searchNamespace: "ALL" },
      datasources: { enabled: true, defaultDatasourceEnabled: true },
    },
    defaultDashboardsTimezone: "utc",
    "grafana.ini": {
      log: { mode: "console", level: logLevel },
      analytics: { check_for_updates: false, reporting_enabled: false },
      "auth.anonymous": off,
    },
    serviceMonitor: { enabled: true },
  };
}

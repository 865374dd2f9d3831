const all = ["*"];
const read = ["get", "list", "watch"];

/** Whole kinds that apps may make in their namespace, by API group. */
const owned: Readonly<Record<string, readonly string[]>> = {
  "": [
    "configmaps",
    "persistentvolumeclaims",
    "pods",
    "secrets", // also where Helm keeps its releases
    "serviceaccounts",
    "services",
  ],
  apps: ["daemonsets", "deployments", "replicasets", "statefulsets"],
  autoscaling: ["horizontalpodautoscalers"],
  batch: ["cronjobs", "jobs"],
  "coordination.k8s.io": ["leases"],
  "networking.k8s.io": ["ingresses", "networkpolicies"],
  policy: ["poddisruptionbudgets"],
  // Nobody can give a role more than he has: these give nothing beyond this list.
  "rbac.authorization.k8s.io": ["rolebindings", "roles"],
  // Flux
  "helm.toolkit.fluxcd.io": all,
  "image.toolkit.fluxcd.io": all,
  "kustomize.toolkit.fluxcd.io": all,
  "source.toolkit.fluxcd.io": all,
  // What the platform's services and options read
  "cert-manager.io": ["certificates", "issuers"],
  "external-secrets.io": ["externalsecrets", "secretstores"],
  "kafka.strimzi.io": all,
  "keda.sh": ["scaledjobs", "scaledobjects", "triggerauthentications"],
  "monitoring.coreos.com": ["podmonitors", "probes", "prometheusrules", "servicemonitors"],
  "secrets.hashicorp.com": all,
  "traefik.io": all,
};

/** What apps may only look at, to see how their own are doing. */
const readable: Readonly<Record<string, readonly string[]>> = {
  "": ["endpoints", "events", "limitranges", "pods/log", "resourcequotas"],
  apps: ["controllerrevisions"],
  "discovery.k8s.io": ["endpointslices"],
  "events.k8s.io": ["events"],
};

/** The rules of the Role of the apps' ServiceAccount. Nothing of it reaches beyond the namespace. */
export const appsRules: readonly object[] = [
  ...Object.entries(owned).map(([group, resources]) => ({ apiGroups: [group], resources, verbs: all })),
  ...Object.entries(readable).map(([group, resources]) => ({ apiGroups: [group], resources, verbs: read })),
];

const all = ["*"];
const read = ["get", "list", "watch"];
/** All but `bind` and `escalate`, with which somebody could give a role more than he has. */
const grant = [...read, "create", "delete", "deletecollection", "patch", "update"];

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

/** Roles for what they run: nobody can give a role more than he has, so these give nothing beyond this list. */
const grantable: Readonly<Record<string, readonly string[]>> = {
  "rbac.authorization.k8s.io": ["rolebindings", "roles"],
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
  ...rules(owned, all),
  ...rules(grantable, grant),
  ...rules(readable, read),
];

function rules(kinds: Readonly<Record<string, readonly string[]>>, verbs: readonly string[]): object[] {
  return Object.entries(kinds).map(([group, resources]) => ({ apiGroups: [group], resources, verbs }));
}

const object = "{{ $labels.customresource_kind }} {{ $labels.exported_namespace }}/{{ $labels.name }}";
const perObject = "max by (exported_namespace, name, customresource_kind)";

/** Alerts by Prometheus on what kube-state-metrics tells of Flux's objects. */
export const fluxRules: readonly object[] = [
  {
    alert: "FluxNotReady",
    expr: `${perObject} (gotk_resource_info{ready=~"False|Unknown", suspended!="true"}) == 1`,
    for: "10m",
    keep_firing_for: "5m",
    labels: { severity: "critical" },
    annotations: {
      summary: `${object} is not ready`,
      description: "Its status says why: flux get all --all-namespaces --status-selector ready=false",
    },
  },
  {
    alert: "FluxSuspended",
    expr: `${perObject} (gotk_resource_info{suspended="true"}) == 1`,
    for: "24h",
    labels: { severity: "warning" },
    annotations: {
      summary: `${object} has been suspended for a day`,
      description: "Changes in git do not reach it, and deleting it would leave behind what it applied.",
    },
  },
];

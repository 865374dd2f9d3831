// Metrics, alerts and dashboards.
export type { Paging } from "./alertmanager-config.ts";
export * from "./kube-prometheus-stack.ts";

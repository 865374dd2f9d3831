// What Flux could not do, as alerts.
export * from "./flux-alerts.ts";

// What Prometheus reads metrics of.
export * from "./monitors.ts";
export * from "./service-monitors.ts";

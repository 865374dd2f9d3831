// Ships the logs of all containers.
export * from "./fluent-bit.ts";
export type { LogDestination } from "./configuration.ts";

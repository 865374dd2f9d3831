// The namespace of the apps, and what Flux may do there in their name.
export * from "./apps-namespace.ts";

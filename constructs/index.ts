// What other repositories import: the apps, the parts of bundles, Flux's kinds and the platform's services.
export * from "./apps/index.ts";
export * from "./bundle/index.ts";
export * from "./flux/index.ts";
export * from "./platform/index.ts";
export * from "./kube-object.ts";
export * from "./placeholder.ts";
// Both the apps and the platform have it.
export { appsNamespace } from "./apps/apps.ts";

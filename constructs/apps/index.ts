// Apps: what a cluster's `apps` function makes, and any cdk8s chart can hold.
export { App, type AppProps, type AppTraits, optionalVersion, requiredVersion, versionsOf } from "./app.ts";
export { Apps, appsNamespace } from "./apps.ts";
export * from "./app-stack.ts";
export type * from "./autoscaling.ts";
export * from "./helm-app.ts";
export type { ImageUpdates, UpdatedImage } from "./image-updates.ts";
export type { IngressProps } from "./ingress.ts";
export * from "./kafka-cluster.ts";
export type * from "./kafka-topic.ts";
export type * from "./kafka-user.ts";
export * from "./kustomize-app.ts";
export * from "./mock-server.ts";
export * from "./podinfo.ts";
export * from "./real-or-mock.ts";
export type { ResourceProps } from "./resources.ts";
export * from "./web-app.ts";

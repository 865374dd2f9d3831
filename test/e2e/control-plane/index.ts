// A real Kubernetes control plane with the real controllers of Flux, for tests: `sluice/testing`.
export { type Built, buildControlPlane, type BuildOptions } from "./build.ts";
export { type ControlPlane, type ControlPlaneOptions, startControlPlane } from "./control-plane.ts";
export { type FluxController, fluxControllers } from "./flux.ts";
export { type GitServer, startGitServer } from "./git-server.ts";
export {
  type Condition,
  KubeClient,
  KubeError,
  type KubeObject,
  type ObjectName,
  type Resource,
  type WatchEvent,
} from "./kube-client.ts";
export { Processes, type Program } from "./processes.ts";
export { type OciRegistry, startRegistry } from "./registry.ts";

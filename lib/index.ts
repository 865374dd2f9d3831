// What a fleet's definitions are written with.
export {
  type ChangeRequests,
  commandChangeRequests,
  githubChangeRequests,
  httpChangeRequests,
} from "./fleet/change-requests.ts";
export { type Cluster, type ClusterBundle, type Identity, type Patch } from "./fleet/cluster.ts";
export { defineEnvironmentType, type EnvironmentType, type OfficeHours } from "./fleet/environment-types.ts";
export { type FactName, facts } from "./fleet/facts.ts";
export {
  type Artifacts,
  type BundleClass,
  type BundleUse,
  type ClusterDefinition,
  type ClusterTable,
  defineFleet,
  type Fleet,
  type FleetDefinition,
  type FleetOptions,
  type Repository,
  type SpecOf,
  type Unknown,
} from "./fleet/fleet.ts";
export type { Mirror } from "./fleet/mirror.ts";
export { externalName } from "./fleet/names.ts";
export { eks, existing, kind, kwok, type Provider } from "./fleet/providers.ts";
export type { Sandbox } from "./fleet/sandbox.ts";
export { best, parseRange, parseVersion, satisfies } from "./fleet/semver.ts";
export type { Track } from "./fleet/tracks.ts";
export type { PromotionSettings, StageSettings } from "./fleet/promotion.ts";
export { type Problem, UserError } from "./fleet/user-error.ts";
export {
  boolean,
  defineVariables,
  type Given,
  number,
  text,
  type Variable,
  type Variables,
} from "./fleet/variables.ts";
export type { IdentityVerification, KeyVerification, Match, Verification } from "./fleet/verification.ts";
export { loadFleet, type LoadedFleet } from "./synth/load.ts";
export { type Manifests, synthesise } from "./synth/synthesise.ts";

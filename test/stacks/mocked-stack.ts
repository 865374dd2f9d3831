import * as pulumi from "@pulumi/pulumi";
import { mockedCall, mockedOutputs } from "../../lib/stack/plan-mocks.ts";
import { recordResources } from "../../lib/stack/plan-record.ts";
import type { PlannedResource } from "../../lib/stack/planned-resource.ts";
import { defineEnvironmentType, type EnvironmentType } from "../../lib/fleet/environment-types.ts";

/** Mocks every provider, once for a test file, and remembers what is registered. */
export async function mockedStack(stack = "test"): Promise<readonly PlannedResource[]> {
  await pulumi.runtime.setMocks({ newResource: mockedOutputs, call: mockedCall }, "sluice", stack, false);
  return recordResources();
}

/** The value of an output, once it is known. */
export function valueOf<T>(output: pulumi.Input<T>): Promise<T> {
  return new Promise((resolve) => pulumi.output(output).apply((value) => resolve(value as T)));
}

/** Waits until nothing more is registered. */
export async function settled(resources: readonly PlannedResource[]): Promise<void> {
  for (let before = -1; before !== resources.length;) {
    before = resources.length;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The one resource of a type, whose name ends so. */
export function only(resources: readonly PlannedResource[], type: string, name?: RegExp): PlannedResource {
  const found = resources.filter((resource) => resource.type === type && (name?.test(resource.name) ?? true));
  if (found.length !== 1)
    throw new Error(
      `${found.length} resources of type ${type}: ${found.map((resource) => resource.name).join(", ")}`,
    );
  return found[0]!;
}

/** All resources of a type. */
export const all = (resources: readonly PlannedResource[], type: string): readonly PlannedResource[] =>
  resources.filter((resource) => resource.type === type);

/** An environment type of each kind that a fleet has. */
export const types = {
  development: defineEnvironmentType({
    name: "development",
    scaling: { nodes: { min: 1, max: 3 }, instanceTypes: ["m7g.large"] },
    availability: { zones: 1, replicas: 1 },
    capacity: "spot",
    protected: false,
    alerting: "never",
  }),
  staging: defineEnvironmentType({
    name: "staging",
    scaling: { nodes: { min: 2, max: 6 }, instanceTypes: ["m7i.large"] },
    availability: { zones: 2, replicas: 2 },
    capacity: "on-demand",
    protected: false,
    alerting: "never",
  }),
  production: defineEnvironmentType({
    name: "production",
    scaling: { nodes: { min: 3, max: 12 }, instanceTypes: ["m7g.xlarge"] },
    availability: { zones: 3, replicas: 3 },
    capacity: "on-demand",
    protected: true,
    alerting: "always",
  }),
  resting: defineEnvironmentType({
    name: "development",
    scaling: { nodes: { min: 1, max: 3 }, instanceTypes: ["m7g.large"] },
    availability: { zones: 1, replicas: 1 },
    capacity: "spot",
    protected: false,
    alerting: "never",
    nodeHours: { days: "monday:friday", start: "07:30", end: "19:00", timeZone: "Europe/London" },
  }),
} satisfies Record<string, EnvironmentType>;

/** What a cluster runs. */
export const versionsOf = (kubernetes: string) => ({
  kubernetes,
  tracks: {},
  apps: new Map(),
  file: "clusters/test/versions.yaml",
});

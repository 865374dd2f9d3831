import { defineEnvironmentType } from "../lib/index.ts";

const officeHours = {
  days: "monday:friday",
  start: "09:00",
  end: "17:00",
  timeZone: "Europe/London",
} as const;

/** Shows the state of main across all stacks: as small as can be, nobody uses it, nobody is paged. */
export const canary = defineEnvironmentType({
  name: "canary",
  scaling: { nodes: { min: 1, max: 1 } },
  availability: { zones: 1, replicas: 1 },
  capacity: "spot",
  protected: false,
  alerting: "never",
  track: { branch: "main" },
});

/** Where teams integrate: runs main, scaled down, pages in office hours. */
export const development = defineEnvironmentType({
  name: "development",
  scaling: { nodes: { min: 1, max: 3 }, instanceTypes: ["m7g.large"] },
  availability: { zones: 1, replicas: 1 },
  capacity: "spot",
  protected: false,
  alerting: officeHours,
  track: { branch: "main" },
});

/** As production, but smaller and with nobody woken at night. */
export const staging = defineEnvironmentType({
  name: "staging",
  scaling: { nodes: { min: 2, max: 6 }, instanceTypes: ["m7g.large"] },
  availability: { zones: 2, replicas: 2 },
  capacity: "on-demand",
  protected: false,
  alerting: officeHours,
});

/** Three of everything, and a person at any hour. What it runs is pinned in versions.yaml, by no default. */
export const production = defineEnvironmentType({
  name: "production",
  scaling: { nodes: { min: 3, max: 12 }, instanceTypes: ["m7g.xlarge"] },
  availability: { zones: 3, replicas: 3 },
  capacity: "on-demand",
  protected: true,
  alerting: "always",
});

/** The size of a sandbox that does not have to keep its source's. */
export const sandbox = defineEnvironmentType({
  name: "sandbox",
  scaling: { nodes: { min: 1, max: 3 }, instanceTypes: ["m7g.large"] },
  availability: { zones: 1, replicas: 1 },
  capacity: "spot",
  protected: false,
  alerting: "never",
  nodeHours: { ...officeHours, start: "07:00", end: "20:00" },
});

/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-argument -- manifests are looked into at any depth */
import { App as Cdk8s, Chart } from "cdk8s";
import type { Construct } from "constructs";
import { expect } from "vitest";
import { Apps } from "../../../constructs/apps/index.ts";
import { setContext } from "../../../constructs/context.ts";
import { objectsBelow } from "../../../constructs/kube-object.ts";
import type { Mirror } from "../../../lib/fleet/mirror.ts";
import { parseVersions } from "../../../lib/fleet/versions.ts";
import { validateObject } from "../../../lib/flux/schema.ts";

/** An object, or part of one, to look into at any depth. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Manifest = any;

export interface Simulation {
  readonly type?: string;
  readonly replicas?: number;
  readonly mirror?: Mirror;
  /** The lines below `apps:` of versions.yaml. */
  readonly versions?: string;
}

/** The apps of a cluster as the synthesis would hold them, and the ids of versions.yaml that they have read. */
export function cluster({ type = "production", replicas = 3, mirror, versions = "" }: Simulation = {}): {
  apps: Apps;
  used: Set<string>;
} {
  const apps = new Apps(new Cdk8s(), "apps");
  const lines = versions.split("\n").map((line) => `  ${line}`);
  const parsed = parseVersions(
    `kubernetes: "1.35"\napps:\n${lines.join("\n")}\n`,
    "clusters/london/versions.yaml",
    [],
  );
  if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
  const used = new Set<string>();
  const versionsFile = "clusters/london/versions.yaml";
  setContext(apps, {
    within: "apps",
    mirror,
    cluster: { name: "london", type, replicas, apps: parsed.versions.apps, used, versionsFile },
  });
  return { apps, used };
}

/** Someone else's chart, of no fleet. */
export function plainChart(namespace?: string): Chart {
  return new Chart(new Cdk8s(), "team", {
    disableResourceNameHashes: true,
    ...(namespace === undefined ? {} : { namespace }),
  });
}

/** The objects below a construct by kind and name, each of them valid. */
export function manifests(construct: Construct): Record<string, Manifest> {
  const found: Record<string, Manifest> = {};
  for (const object of objectsBelow(construct)) {
    const json = object.toJson();
    const key = `${json.kind}/${json.metadata.name}`;
    expect(validateObject(json) ?? [], key).toEqual([]);
    expect(json.metadata.labels["sluice.dev/teardown"], key).toBeDefined();
    expect(found, "two objects of one name").not.toHaveProperty([key]);
    found[key] = json;
  }
  return found;
}

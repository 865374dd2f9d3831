import type { FleetBuilder, TestUnit } from "../fleet-builder.ts";

/** Changes a healthy fleet. @returns what is to be changed once it has settled, if anything is */
export type Twist = (fleet: FleetBuilder) => (() => void) | undefined;

/** A Kustomization beside those that are there, on which one of them depends, so that it matters. */
export function culprit(fleet: FleetBuilder, namespace?: string): TestUnit {
  const unit = fleet.unit(namespace);
  const last = fleet.units.at(-2)!;
  fleet.depend(last, unit);
  return unit;
}

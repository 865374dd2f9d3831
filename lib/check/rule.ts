import type { EffectiveObject, Unit } from "../effective/unit.ts";
import type { CheckedFleet } from "./fleet.ts";

/** How bad it is: an error fails the check. */
export type Severity = "error" | "warning";

/** Something that a rule found. */
export interface Finding {
  /** The cluster's name. */
  readonly cluster: string;
  /** What is wrong, in a sentence without a full stop. */
  readonly message: string;
  /** What to do about it. */
  readonly remedy?: string;
  /** The object that it is about. */
  readonly object?: EffectiveObject;
  /** The field of the object, such as `spec.ports[0].port`. */
  readonly field?: string;
  /** The Kustomization that it is about, where there is no object. */
  readonly unit?: Unit;
  /** Where this finding is less bad than the rule's others. @default the rule's */
  readonly severity?: Severity;
}

/** A rule about the effective state of a fleet. */
export interface Rule {
  /** Kebab case: what settings and exceptions name it by. */
  readonly name: string;
  /** What has to hold, in a sentence. */
  readonly description: string;
  readonly severity: Severity;
  readonly check: (fleet: CheckedFleet) => Finding[];
}

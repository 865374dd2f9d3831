/** How the fleet wants to be checked: what `sluice check` reads of `clusters/fleet.ts`. */
export interface CheckSettings {
  /** How bad a rule's findings are, by the rule's name: `{ probes: "warning" }`. @default the rule's own */
  readonly severity?: Readonly<Record<string, "error" | "warning" | "off">>;
  /** Findings that are known and accepted for a while. */
  readonly exceptions?: readonly CheckException[];
}

/** A finding that somebody accepted, with the reason, until a day. */
export interface CheckException {
  /** The rule's name. */
  readonly rule: string;
  /** The cluster's name. @default all */
  readonly cluster?: string;
  /** The object, such as `Deployment apps/web`; `*` stands for any text. @default all */
  readonly object?: string;
  /** Why it is fine. */
  readonly reason: string;
  /** The last day on which it is fine, `YYYY-MM-DD`. */
  readonly expires: string;
}

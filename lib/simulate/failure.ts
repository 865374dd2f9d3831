import type { FluxStatus } from "./state.ts";

/** Why a reconciliation has failed, in the terms of the Ready condition. See FluxStatus for the fields. */
export class Failure {
  readonly reason: string;
  readonly message: string;
  readonly names: readonly string[];
  readonly blockedBy: readonly string[];
  readonly stalled: boolean;
  constructor(
    reason: string,
    message: string,
    names: readonly string[] = [],
    blockedBy: readonly string[] = [],
    stalled = false,
  ) {
    this.reason = reason;
    this.message = message;
    this.names = names;
    this.blockedBy = blockedBy;
    this.stalled = stalled;
  }
}

/** The status of what has failed: of before it keeps what it had seen, unless nothing but a change can mend it. */
export function failedStatus(
  before: FluxStatus,
  generation: FluxStatus["observed"],
  { reason, message, names, blockedBy, stalled }: Failure,
): FluxStatus {
  return {
    ...before,
    ready: false,
    reason,
    message,
    names,
    blockedBy,
    stalled,
    ...(stalled ? { observed: generation } : {}),
  };
}

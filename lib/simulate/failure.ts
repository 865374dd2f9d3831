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

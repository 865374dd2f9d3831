import type { IReceiverSpec } from "./newer.ts";
import type { Construct } from "constructs";
import { FluxObject, type SpecProps } from "./flux-object.ts";

/** The spec of a Receiver, and what every construct takes. */
export type ReceiverProps = SpecProps<IReceiverSpec, "interval">;

/** A webhook that makes Flux look at a source at once. */
export class Receiver extends FluxObject {
  declare readonly kind: "Receiver";

  constructor(scope: Construct, id: string, props: ReceiverProps) {
    super(scope, id, "notification.toolkit.fluxcd.io/v1", "Receiver", { ...props }, { interval: "10m" });
  }
}

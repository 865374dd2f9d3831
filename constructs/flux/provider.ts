import type { IProviderSpec } from "@kubernetes-models/flux-cd/notification.toolkit.fluxcd.io/v1beta3/ProviderSpec";
import type { Construct } from "constructs";
import { FluxObject, type SpecProps } from "./flux-object.ts";

/** The spec of a Provider, and what every construct takes. */
export type ProviderProps = SpecProps<IProviderSpec>;

/** Where Flux sends its alerts. */
export class Provider extends FluxObject {
  declare readonly kind: "Provider";

  constructor(scope: Construct, id: string, props: ProviderProps) {
    super(scope, id, "notification.toolkit.fluxcd.io/v1beta3", "Provider", { ...props });
  }
}

import type { IAlertSpec } from "@kubernetes-models/flux-cd/notification.toolkit.fluxcd.io/v1beta3/AlertSpec";
import type { Construct } from "constructs";
import { FluxObject, type SpecProps } from "./flux-object.ts";

/** The spec of a Alert, and what every construct takes. */
export type AlertProps = SpecProps<IAlertSpec, "eventSeverity">;

/** Which of Flux's events become alerts: errors, unless `eventSeverity` says otherwise. */
export class Alert extends FluxObject {
  declare readonly kind: "Alert";

  constructor(scope: Construct, id: string, props: AlertProps) {
    super(
      scope,
      id,
      "notification.toolkit.fluxcd.io/v1beta3",
      "Alert",
      { ...props },
      { eventSeverity: "error" },
    );
  }
}

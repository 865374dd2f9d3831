import { Construct } from "constructs";
import { rememberPlace } from "../../../lib/fleet/place.ts";
import { Alert } from "../../flux/alert.ts";
import { fluxNamespace } from "../../flux/flux-object.ts";
import { Provider } from "../../flux/provider.ts";
import { applyOverrides, type OverridableProps } from "../../overrides.ts";
import { KubeObject } from "../../kube-object.ts";
import { fluxRules } from "./rules.ts";

export interface FluxAlertsProps extends OverridableProps {
  /** Where Alertmanager takes alerts: `alertsUrl` of a KubePrometheusStack. */
  readonly alertsUrl: string;
  /** Told with every alert. @default cluster */
  readonly cluster?: string;
  /** Namespaces whose Flux objects are looked after. @default flux-system */
  readonly namespaces?: readonly string[];
  /** The namespace of what Prometheus reads. @default monitoring */
  readonly namespace?: string;
}

const kinds = [
  "Bucket",
  "GitRepository",
  "HelmChart",
  "HelmRelease",
  "HelmRepository",
  "ImagePolicy",
  "ImageRepository",
  "ImageUpdateAutomation",
  "Kustomization",
  "OCIRepository",
] as const;

/**
 * What Flux could not do, as alerts: its errors at once with their text, and what has not been Ready for ten
 * minutes. All go through Alertmanager, so they are muted when the cluster is.
 */
export class FluxAlerts extends Construct {
  constructor(scope: Construct, id: string, props: FluxAlertsProps) {
    super(scope, id);
    rememberPlace(this, new.target);
    const { alertsUrl, cluster = "cluster", namespaces = [fluxNamespace], namespace = "monitoring" } = props;
    const provider = new Provider(this, "provider", {
      metadata: { name: "alertmanager" },
      type: "alertmanager",
      address: alertsUrl,
    });
    new Alert(this, "alert", {
      metadata: { name: "errors", namespace: provider.namespace },
      providerRef: { name: provider.name },
      eventSeverity: "error",
      eventMetadata: { cluster },
      // An Alert knows no namespace that stands for all.
      eventSources: namespaces.flatMap((of) => kinds.map((kind) => ({ kind, name: "*", namespace: of }))),
    });
    new KubeObject(this, "rules", {
      apiVersion: "monitoring.coreos.com/v1",
      kind: "PrometheusRule",
      metadata: { name: "flux", namespace },
      spec: { groups: [{ name: "flux", rules: fluxRules }] },
    });
    applyOverrides(this, props.overrides);
  }
}

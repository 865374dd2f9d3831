import { Construct } from "constructs";
import { rememberPlace } from "../../../lib/fleet/place.ts";
import { applyOverrides, type OverridableProps } from "../../overrides.ts";
import { KubeObject } from "../../kube-object.ts";
import { type Monitor, platformMonitors } from "./monitors.ts";

export interface ServiceMonitorsProps extends OverridableProps {
  /** What is read, by name. @default {@link platformMonitors} */
  readonly monitors?: Readonly<Record<string, Monitor>>;
  /** The namespace of the monitors. @default monitoring */
  readonly namespace?: string;
}

/**
 * Lets Prometheus read the services' metrics. The services' charts could make these themselves, but only once
 * Prometheus' operator is there: a cycle.
 */
export class ServiceMonitors extends Construct {
  constructor(scope: Construct, id: string, props: ServiceMonitorsProps = {}) {
    super(scope, id);
    rememberPlace(this, new.target);
    const { monitors = platformMonitors, namespace = "monitoring" } = props;
    for (const [name, monitor] of Object.entries(monitors)) {
      const pods = monitor.of === "pods";
      new KubeObject(this, name, {
        apiVersion: "monitoring.coreos.com/v1",
        kind: pods ? "PodMonitor" : "ServiceMonitor",
        metadata: { namespace },
        spec: {
          namespaceSelector: { matchNames: [monitor.namespace] },
          selector: { matchLabels: monitor.labels },
          [pods ? "podMetricsEndpoints" : "endpoints"]: [endpoint(monitor)],
        },
      });
    }
    applyOverrides(this, props.overrides);
  }
}

function endpoint({ port, path = "/metrics", secured = false }: Monitor): object {
  if (!secured) return { port, path };
  return {
    port,
    path,
    scheme: "https",
    tlsConfig: { insecureSkipVerify: true },
    // Prometheus' own ServiceAccount.
    bearerTokenFile: "/var/run/secrets/kubernetes.io/serviceaccount/token",
  };
}

import type { Construct } from "constructs";
import { HelmService, type ServiceProps } from "../helm-service.ts";
import { resources } from "../spread.ts";
import { inputs, type LogDestination, output, parsing, service } from "./configuration.ts";

export interface FluentBitProps extends ServiceProps {
  /** Where the logs go. @default Loki at loki-gateway.logging.svc, port 80 */
  readonly destination?: LogDestination;
  /** Told with every line, so that lines of many clusters can be told apart. @default cluster */
  readonly cluster?: string;
  /** debug, info, warn or error. @default info */
  readonly logLevel?: string;
}

/**
 * Ships the logs of all containers. It is Ready whether or not the destination can be reached: a cluster does
 * not fail with its log store. What could not be sent shows in its metrics.
 */
export class FluentBit extends HelmService {
  constructor(scope: Construct, id: string, props: FluentBitProps = {}) {
    const {
      destination = { host: "loki-gateway.logging.svc" },
      cluster = "cluster",
      logLevel = "info",
      ...common
    } = props;
    super(
      scope,
      id,
      {
        name: "fluent-bit",
        chart: { repository: "https://fluent.github.io/helm-charts", name: "fluent-bit", version: "0.58.1" },
        namespace: "logging",
        podSecurity: "privileged", // it reads the nodes' /var/log
        images: {
          "image.repository": "cr.fluentbit.io/fluent/fluent-bit",
          "testFramework.image.repository": "docker.io/library/busybox",
          "hotReload.image.repository": "ghcr.io/jimmidyson/configmap-reload",
        },
        values: {
          kind: "DaemonSet",
          testFramework: { enabled: false },
          priorityClassName: "system-node-critical",
          tolerations: [{ operator: "Exists" }],
          updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "10%" } },
          resources: resources({ cpu: "50m", memory: "64Mi" }, { memory: "256Mi" }),
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          },
          // The chart's own probe fails while the destination does.
          readinessProbe: { httpGet: { path: "/", port: "http" } },
          serviceMonitor: { enabled: false },
          prometheusRule: { enabled: false },
          config: {
            service: service(logLevel),
            inputs,
            filters: parsing,
            outputs: output(destination, cluster),
          },
        },
      },
      common,
    );
  }
}

import type { Construct } from "constructs";
import { teardownLabel } from "../../../lib/flux/teardown-label.ts";
import { scaledByOthers } from "../../flux/helm-release.ts";
import { HelmService, type ServiceProps } from "../helm-service.ts";
import { oneAtATime, resources, spreadOverNodes } from "../spread.ts";

export interface TraefikProps extends ServiceProps {
  /** @default 2 */
  readonly replicas?: number;
  /** Scale up to this many replicas by CPU; needs a metrics server. @default not scaled */
  readonly maxReplicas?: number;
  /**
   * `LoadBalancer`, or `NodePort` where nobody makes load balancers: a Service that never gets its address would
   * keep the release from becoming Ready.
   * @default LoadBalancer
   */
  readonly serviceType?: string;
  /** Annotations of the Service, for the cloud that makes the load balancer. @default none */
  readonly serviceAnnotations?: Readonly<Record<string, string>>;
  /** Ports of the nodes for HTTP and HTTPS. @default Kubernetes chooses them */
  readonly nodePorts?: { readonly web: number; readonly websecure: number };
  /** TRACE, DEBUG, INFO, WARN, ERROR, FATAL or PANIC. @default INFO */
  readonly logLevel?: string;
}

/** The ingress controller, and the cluster's default IngressClass `traefik`. HTTP is redirected to HTTPS. */
export class Traefik extends HelmService {
  /** The name of its IngressClass. */
  static readonly ingressClass = "traefik";

  constructor(scope: Construct, id: string, props: TraefikProps = {}) {
    const {
      replicas = 2,
      maxReplicas,
      serviceType = "LoadBalancer",
      serviceAnnotations,
      nodePorts,
      logLevel = "INFO",
      ...common
    } = props;
    const port = (name: "web" | "websecure") =>
      nodePorts === undefined ? {} : { nodePort: nodePorts[name] };
    super(
      scope,
      id,
      {
        name: "traefik",
        chart: { repository: "oci://ghcr.io/traefik/helm", name: "traefik", version: "41.3.0" },
        namespace: "traefik",
        images: { image: "docker.io/library/traefik" },
        ...(maxReplicas === undefined ? {} : { release: { driftDetection: scaledByOthers("traefik") } }),
        values: {
          deployment: { kind: "Deployment", replicas, lifecycle: { preStop: { sleep: { seconds: 10 } } } },
          ...(maxReplicas === undefined ? {} : { autoscaling: autoscaling(replicas, maxReplicas) }),
          updateStrategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
          podDisruptionBudget: oneAtATime,
          priorityClassName: "system-cluster-critical",
          ingressClass: { enabled: true, isDefaultClass: true, name: Traefik.ingressClass },
          service: {
            // The load balancer must be gone before the network that it is in: a teardown waits for it.
            labels: { [teardownLabel]: "external-state" },
            ...(serviceAnnotations === undefined ? {} : { annotations: serviceAnnotations }),
            spec: { type: serviceType },
          },
          ports: {
            web: {
              ...port("web"),
              http: { redirections: { entryPoint: { to: "websecure", scheme: "https", permanent: true } } },
            },
            websecure: { ...port("websecure"), http: { tls: { enabled: true } } },
          },
          providers: {
            kubernetesCRD: { enabled: true, allowCrossNamespace: false },
            kubernetesIngress: { enabled: true, publishedService: { enabled: true } },
          },
          ingressRoute: { dashboard: { enabled: false } },
          api: { dashboard: false },
          global: { checkNewVersion: false, sendAnonymousUsage: false },
          log: { level: logLevel, format: "json" },
          accessLog: { enabled: true, format: "json" },
          metrics: { prometheus: { service: { enabled: true }, serviceMonitor: { enabled: false } } },
          resources: resources({ cpu: "100m", memory: "128Mi" }, { cpu: "1", memory: "512Mi" }),
          topologySpreadConstraints: spreadOverNodes({ "app.kubernetes.io/name": "traefik" }),
        },
      },
      common,
    );
  }
}

function autoscaling(minReplicas: number, maxReplicas: number): object {
  return {
    enabled: true,
    minReplicas,
    maxReplicas,
    metrics: [
      {
        type: "Resource",
        resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } },
      },
    ],
  };
}

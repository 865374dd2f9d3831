import type { Construct } from "constructs";
import { KubeObject } from "../../kube-object.ts";
import { HelmService, type ServiceProps } from "../helm-service.ts";
import type { Paging } from "./alertmanager-config.ts";
import { images } from "./images.ts";
import { stackName, valuesOf } from "./values.ts";

export interface KubePrometheusStackProps extends ServiceProps {
  /** Of Prometheus and Alertmanager. @default 2 */
  readonly replicas?: number;
  /** The cluster's name, a label of all that leaves Prometheus. @default cluster */
  readonly cluster?: string;
  /** When alerts page someone. @default always */
  readonly paging?: Paging;
  /**
   * The Secret in the same namespace whose key `url` is the webhook that alerts are sent to. It may be missing,
   * and may come later: until then alerts show in Alertmanager and are sent nowhere.
   * @default alerting
   */
  readonly receiverSecret?: string;
  /** How long metrics are kept, such as `15d`, if the volume suffices. @default 15d */
  readonly retention?: string;
  /** Size of each Prometheus' volume. @default 50 */
  readonly gigabytes?: number;
  /** What each Prometheus asks for and may use, such as `2Gi`. @default 2Gi */
  readonly memory?: string;
  /** Of the volumes. They go when the stack is uninstalled. @default the cluster's default class */
  readonly storageClass?: string;
  /** debug, info, warn or error. @default info */
  readonly logLevel?: string;
}

/**
 * Prometheus, Alertmanager, Grafana and what they need. Prometheus takes the monitors and rules of all
 * namespaces, and Alertmanager their AlertmanagerConfigs.
 */
export class KubePrometheusStack extends HelmService {
  /** Where Alertmanager takes alerts. */
  readonly alertsUrl: string;

  constructor(scope: Construct, id: string, props: KubePrometheusStackProps = {}) {
    super(
      scope,
      id,
      {
        name: stackName,
        chart: {
          repository: "oci://ghcr.io/prometheus-community/charts",
          name: "kube-prometheus-stack",
          version: "88.5.3",
        },
        namespace: "monitoring",
        podSecurity: "privileged", // the node exporter reads the nodes' files and network
        images,
        release: { timeout: "10m" },
        values: valuesOf(props),
      },
      props,
    );
    this.alertsUrl = `http://${stackName}-alertmanager.${this.namespace}.svc:9093/api/v2/alerts`;
    this.#disruptionBudget("prometheus", { "operator.prometheus.io/name": stackName });
    this.#disruptionBudget("alertmanager", { alertmanager: stackName });
  }

  /** Instead of the chart's, which always has a minimum: with one replica that would block every drain of its node. */
  #disruptionBudget(name: string, labels: Readonly<Record<string, string>>): void {
    new KubeObject(this, `${name}-disruption-budget`, {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { name: `${stackName}-${name}`, namespace: this.namespace },
      teardown: "controller",
      spec: {
        maxUnavailable: 1,
        unhealthyPodEvictionPolicy: "AlwaysAllow",
        selector: { matchLabels: { "app.kubernetes.io/name": name, ...labels } },
      },
    });
  }
}

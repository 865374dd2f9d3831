import { type ApiObject, Chart, Duration, Size } from "cdk8s";
import * as kplus from "cdk8s-plus-28";
import type { Construct } from "constructs";
import { KubeObject, labelled, type MergePatch, mergePatch, objectsBelow } from "../kube-object.ts";
import { App, type AppProps, readsOnly, requiredVersion } from "./app.ts";
import { type AutoscalingProps, defaultReplicas, replicaProblems } from "./autoscaling.ts";
import { imageNameProblem, mirroredImage } from "./image.ts";
import { imageUpdateProblems, type ImageUpdates, type UpdatedImage } from "./image-updates.ts";
import { ingressParts, ingressProblems, type IngressProps } from "./ingress.ts";
import { refuse } from "./refuse.ts";
import { resourceProblems, resourceQuantities, type ResourceProps } from "./resources.ts";

/** The paths that tell how a web app is, each answering 2xx or 3xx when all is well. */
export interface ProbePaths {
  /** Whether it has started: for up to five minutes. @default the path of `liveness` */
  readonly startup?: string;
  /** Whether it can take requests now: it gets none while it cannot. @default the path of `liveness` */
  readonly readiness?: string;
  /** Whether it works at all: it is restarted if not, so do not let it depend on other services. @default /healthz */
  readonly liveness?: string;
}

/** The kinds of objects that a web app may consist of. */
export type WebAppKind =
  "Deployment" | "Service" | "Ingress" | "HorizontalPodAutoscaler" | "PodDisruptionBudget";

/** A web app that has no chart. */
export interface WebAppProps extends AppProps {
  /** The image's name without its tag: `registry.example.com/team/shop`. Pulled through the fleet's mirror, if there is one. */
  readonly image: string;
  /** Tag of the image. @default `image` in versions.yaml, under the app's id */
  readonly imageTag?: string;
  /** Lets Flux raise `image` in versions.yaml. @default its tag changes by hand */
  readonly imageUpdates?: ImageUpdates;
  /** The port that the container listens on, over 1023 as it is not root. @default 8080 */
  readonly port?: number;
  /** The port of the Service. @default 80 */
  readonly servicePort?: number;
  /** @default the environment type's replicas, 2 outside a cluster */
  readonly replicas?: number;
  /** @default none: `replicas` is fixed */
  readonly autoscaling?: AutoscalingProps;
  /** @default all three probes ask /healthz */
  readonly probes?: ProbePaths;
  /** What one replica needs. @default 50m of CPU, 128Mi of memory */
  readonly resources?: ResourceProps;
  /** Environment variables: a text, or the key of a Secret in the app's namespace. @default none */
  readonly env?: Readonly<Record<string, string | { readonly secret: string; readonly key: string }>>;
  /** Arguments of the image's program. @default the image's */
  readonly args?: readonly string[];
  /** The number of the user to run as, for an image whose own user has a name or is root. @default the image's */
  readonly user?: number;
  /** Folders that can be written to and are lost with the pod; all others are read-only. @default /tmp */
  readonly writable?: readonly string[];
  /** How it is reached from outside. @default not at all */
  readonly ingress?: IngressProps;
  /** Merged into the object of that kind (JSON merge patch): the way to any field that the props do not have. */
  readonly overrides?: Readonly<Partial<Record<WebAppKind, MergePatch>>>;
}

/**
 * A web app made of an image alone, by cdk8s-plus: a Deployment that meets the restricted Pod Security Standard
 * and spreads its replicas, a Service, and, as asked for, an Ingress and a HorizontalPodAutoscaler. With more
 * than one replica, at most one at a time gives way to the drain of a node. All objects have the app's name.
 * @example
 * new WebApp(apps, "shop", {
 *   image: "registry.example.com/team/shop",
 *   env: { DATABASE_PASSWORD: { secret: "shop-database", key: "password" } },
 *   ingress: { host: "shop.example.com", issuer: "acme" },
 *   autoscaling: { minReplicas: 2, maxReplicas: 10 },
 * });
 * // versions.yaml
 * // apps:
 * //   shop:
 * //     image: 2.1.4
 */
export class WebApp extends App {
  readonly deployment: kplus.Deployment;
  readonly service: kplus.Service;
  readonly ingress: kplus.Ingress | undefined;
  override readonly updatedImage: UpdatedImage | undefined;

  constructor(scope: Construct, id: string, props: WebAppProps) {
    super(scope, id, props);
    const {
      port = 8080,
      servicePort = 80,
      replicas = defaultReplicas(this),
      autoscaling,
      ingress,
      overrides = {},
    } = props;
    refuse(this, [
      ...webAppProblems(this.name, props),
      ...replicaProblems(replicas, autoscaling),
      ...ingressProblems(ingress),
      ...imageUpdateProblems(props.imageUpdates, props.imageTag),
    ]);
    const image = mirroredImage(this, props.image);
    this.updatedImage = props.imageUpdates === undefined ? undefined : { ...props.imageUpdates, image };
    const tag = requiredVersion(this, "image", props.imageTag);
    readsOnly(this, "image");

    this.deployment = this.#deployment(
      `${image}:${tag}`,
      props,
      port,
      autoscaling === undefined ? replicas : undefined,
    );
    this.service = new kplus.Service(this, "service", {
      metadata: this.#metadata(),
      ports: [{ name: "http", port: servicePort, targetPort: port }],
    });
    for (const [label, value] of Object.entries(this.#labels)) this.service.selectLabel(label, value);
    if (autoscaling !== undefined) this.#autoscaler(replicas, autoscaling);
    const least = autoscaling === undefined ? replicas : (autoscaling.minReplicas ?? replicas);
    // With one replica a budget would keep its node from being drained for good.
    if (least > 1) this.#disruptionBudget();
    this.ingress = ingress === undefined ? undefined : this.#ingress(ingress);
    for (const object of objectsBelow(this)) finish(object, overrides[object.kind as WebAppKind]);
  }

  /** Labels that its pods are selected by; they never change, as a Deployment's selector cannot. */
  get #labels(): Record<string, string> {
    return { "app.kubernetes.io/name": this.name };
  }

  #metadata(annotations?: Readonly<Record<string, string>>) {
    const { namespace } = Chart.of(this);
    return {
      name: this.name,
      labels: this.#labels,
      ...(namespace === undefined ? {} : { namespace }),
      ...(annotations === undefined ? {} : { annotations }),
    };
  }

  #deployment(
    image: string,
    props: WebAppProps,
    port: number,
    replicas: number | undefined,
  ): kplus.Deployment {
    const { probes = {}, resources, env = {}, args, user, writable = ["/tmp"] } = props;
    const { liveness = "/healthz", readiness = liveness, startup = liveness } = probes;
    const deployment = new kplus.Deployment(this, "deployment", {
      metadata: this.#metadata(),
      podMetadata: { labels: this.#labels },
      select: false,
      ...(replicas === undefined ? {} : { replicas }),
      ...(user === undefined ? {} : { securityContext: { user, group: user, fsGroup: user } }),
    });
    deployment.select(kplus.LabelSelector.of({ labels: this.#labels }));
    // cdk8s-plus's own label, which its affinities and network policies select by. It makes the value from the
    // construct's path: all pods would restart when something around the app is renamed.
    deployment.podMetadata.addLabel(kplus.Pod.ADDRESS_LABEL, this.name);
    deployment.scheduling.spread({ topology: kplus.Topology.HOSTNAME, weight: 100 });
    deployment.scheduling.spread({ topology: kplus.Topology.ZONE, weight: 50 });
    const container = deployment.addContainer({
      name: this.name,
      image,
      ports: [{ name: "http", number: port }],
      startup: kplus.Probe.fromHttpGet(startup, {
        port,
        periodSeconds: Duration.seconds(5),
        failureThreshold: 60,
      }),
      readiness: kplus.Probe.fromHttpGet(readiness, { port, periodSeconds: Duration.seconds(5) }),
      liveness: kplus.Probe.fromHttpGet(liveness, {
        port,
        periodSeconds: Duration.seconds(10),
        timeoutSeconds: Duration.seconds(5),
      }),
      resources: containerResources(resources),
      envVariables: Object.fromEntries(
        Object.entries(env).map(([name, value]) => [name, this.#envValue(name, value)]),
      ),
      ...(args === undefined ? {} : { args: [...args] }),
      imagePullPolicy: kplus.ImagePullPolicy.IF_NOT_PRESENT,
      securityContext: {
        ensureNonRoot: true,
        readOnlyRootFilesystem: true,
        allowPrivilegeEscalation: false,
        capabilities: { drop: [kplus.Capability.ALL] },
        seccompProfile: { type: kplus.SeccompProfileType.RUNTIME_DEFAULT },
        ...(user === undefined ? {} : { user, group: user }),
      },
    });
    for (const path of writable) {
      const name = `writable${path.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}`.replace(/-$/, "");
      container.mount(path, kplus.Volume.fromEmptyDir(this, name, name));
    }
    return deployment;
  }

  #envValue(name: string, value: string | { readonly secret: string; readonly key: string }): kplus.EnvValue {
    if (typeof value === "string") return kplus.EnvValue.fromValue(value);
    const secret = kplus.Secret.fromSecretName(this, `secret-of-${name}`, value.secret);
    return kplus.EnvValue.fromSecretValue({ secret, key: value.key });
  }

  #autoscaler(replicas: number, { minReplicas = replicas, maxReplicas, cpu = 80 }: AutoscalingProps): void {
    new kplus.HorizontalPodAutoscaler(this, "autoscaler", {
      metadata: this.#metadata(),
      target: this.deployment,
      minReplicas,
      maxReplicas,
      metrics: [kplus.Metric.resourceCpu(kplus.MetricTarget.averageUtilization(cpu))],
    });
  }

  #disruptionBudget(): void {
    new KubeObject(this, "disruption-budget", {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { name: this.name, labels: this.#labels },
      spec: { maxUnavailable: 1, selector: { matchLabels: this.#labels } },
    });
  }

  #ingress(props: IngressProps): kplus.Ingress {
    const { host, className, annotations, secretName } = ingressParts(this.name, props);
    const secret =
      secretName === undefined ? undefined : kplus.Secret.fromSecretName(this, "certificate", secretName);
    return new kplus.Ingress(this, "ingress", {
      metadata: this.#metadata(annotations),
      className,
      rules: [{ host, backend: kplus.IngressBackend.fromService(this.service) }],
      ...(secret === undefined ? {} : { tls: [{ hosts: [host], secret }] }),
    });
  }
}

function webAppProblems(name: string, props: WebAppProps): (string | false | undefined)[] {
  const {
    image,
    port = 8080,
    servicePort = 80,
    probes = {},
    writable = [],
    env = {},
    user,
    overrides = {},
  } = props;
  const isPort = (value: number, least: number) =>
    Number.isInteger(value) && value >= least && value <= 65535;
  return [
    !/^[a-z]/.test(name) && `'${name}' begins with no letter, as the name of a Service has to`,
    imageNameProblem(image),
    !isPort(port, 1024) && `port ${port} is no port from 1024 to 65535: the container is not root`,
    !isPort(servicePort, 1) && `servicePort ${servicePort} is no port`,
    user !== undefined &&
      !(Number.isInteger(user) && user > 0) &&
      `user ${user} is no number of a user other than root`,
    ...Object.entries(probes).map(
      ([probe, path]) =>
        !String(path).startsWith("/") && `the path of probe '${probe}' begins with '/', unlike '${path}'`,
    ),
    ...writable.map(
      (path) => !/^\/./.test(path) && `writable folder '${path}' is no absolute path below '/'`,
    ),
    ...Object.keys(env).map(
      (key) => !/^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(key) && `'${key}' is no name of an environment variable`,
    ),
    ...resourceProblems(props.resources),
    ...Object.keys(overrides).map(
      (kind) =>
        !(kinds as readonly string[]).includes(kind) && `it has no ${kind} to override: ${kinds.join(", ")}`,
    ),
  ];
}

const kinds: readonly WebAppKind[] = [
  "Deployment",
  "Service",
  "Ingress",
  "HorizontalPodAutoscaler",
  "PodDisruptionBudget",
];

function containerResources(props: ResourceProps | undefined): kplus.ContainerResources {
  const { cpuMillis, memoryMebibytes } = resourceQuantities(props);
  const memory = Size.mebibytes(memoryMebibytes);
  return { cpu: { request: kplus.Cpu.millis(cpuMillis) }, memory: { request: memory, limit: memory } };
}

/** Makes an object of cdk8s-plus one of Sluice's: with overrides and the teardown label, also in someone else's chart. */
function finish(object: ApiObject, overrides: MergePatch | undefined): void {
  const toJson = object.toJson.bind(object);
  object.toJson = () =>
    labelled(mergePatch(toJson(), overrides ?? {}) as Record<string, unknown>, "", object);
}

import type { Json, Manifest } from "./objects.ts";

interface MonitorSpec {
  readonly namespaceSelector: { readonly matchNames: readonly string[] };
  readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly endpoints?: readonly { readonly port: string }[];
  readonly podMetricsEndpoints?: readonly { readonly port: string }[];
}

interface Container {
  readonly ports?: readonly { readonly name?: string }[];
}

/** The monitors that would find nothing among the Services and pods that the charts make. */
export function monitorProblems(objects: readonly Manifest[], rendered: readonly Manifest[]): string[] {
  return objects.flatMap(({ kind, metadata, spec: anySpec }) => {
    if (kind !== "ServiceMonitor" && kind !== "PodMonitor") return [];
    const spec = anySpec as MonitorSpec;
    const namespace = spec.namespaceSelector.matchNames[0]!;
    const { port } = (spec.endpoints ?? spec.podMetricsEndpoints)![0]!;
    if (namespace === "flux-system") return []; // not of a chart
    const found = rendered.some(
      (target) =>
        target.metadata.namespace === namespace &&
        (kind === "ServiceMonitor" ? portsOfService(target, spec) : portsOfPods(target, spec)).includes(port),
    );
    return found
      ? []
      : [`${kind} ${metadata.name}: nothing in ${namespace} has its labels and the port '${port}'`];
  });
}

function portsOfService(
  { kind, metadata, spec }: Manifest,
  { selector }: MonitorSpec,
): (string | undefined)[] {
  if (kind !== "Service" || !has((metadata as Json)["labels"] as Json, selector.matchLabels)) return [];
  return (spec as { ports: { name?: string }[] }).ports.map(({ name }) => name);
}

function portsOfPods({ kind, spec }: Manifest, { selector }: MonitorSpec): (string | undefined)[] {
  if (kind !== "Deployment" && kind !== "DaemonSet") return [];
  const { metadata, spec: pod } = (
    spec as { template: { metadata: { labels: Json }; spec: { containers: Container[] } } }
  ).template;
  if (!has(metadata.labels, selector.matchLabels)) return [];
  return pod.containers.flatMap(({ ports = [] }) => ports.map(({ name }) => name));
}

function has(labels: Json | undefined, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([name, value]) => labels?.[name] === value);
}

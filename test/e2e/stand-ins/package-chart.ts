import { dump } from "js-yaml";
import { type ArchiveFile, packArchive } from "../../../lib/artifact/archive.ts";
import { image, type Image } from "../../../lib/artifact/artifact.ts";
import { definition } from "../control-plane/flux-operator.ts";
import { behaviourAnnotation, operatorLabel } from "./behaviour.ts";
import type { StandInChart } from "./charts.ts";

/** A chart as OCI registries have it: https://helm.sh/docs/topics/registries/ */
export function packageChart(name: string, version: string, chart: StandInChart): Image {
  const meta = { apiVersion: "v2", name, version, description: "A stand-in for tests" };
  const files = new Map<string, ArchiveFile>();
  const add = (path: string, text: string) => files.set(`${name}/${path}`, { content: Buffer.from(text) });
  add("Chart.yaml", dump(meta));
  add("values.yaml", "service: {}\nui: {}\n");
  add("templates/operator.yaml", template([deployment(chart), ...(chart.objects ?? [])]));
  if (chart.kinds !== undefined) {
    const folder = chart.definitions === "crds" ? "crds" : "templates";
    const definitions = definitionsOf(chart);
    add(`${folder}/definitions.yaml`, template(definitions));
  }
  return image(
    { mediaType: "application/vnd.cncf.helm.config.v1+json", content: Buffer.from(JSON.stringify(meta)) },
    [{ mediaType: "application/vnd.cncf.helm.chart.content.v1.tar+gzip", content: packArchive(files) }],
  );
}

/** The operator's Deployment. It runs nothing: what it is said to do, a stand-in does for it. */
function deployment({ replicas = "1", operates = [] }: StandInChart) {
  const name = "{{ .Release.Name }}";
  const operates_ = operates.length === 0 ? {} : { [behaviourAnnotation]: JSON.stringify(operates) };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name,
      namespace: "{{ .Release.Namespace }}",
      ...(operates.length === 0 ? {} : { labels: { [operatorLabel]: "stand-in" }, annotations: operates_ }),
    },
    spec: {
      replicas: replicas === "1" ? 1 : replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          containers: [
            {
              name: "main",
              image: "registry.k8s.io/pause:3.10",
              resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "64Mi" } },
              securityContext: {
                allowPrivilegeEscalation: false,
                runAsNonRoot: true,
                capabilities: { drop: ["ALL"] },
                seccompProfile: { type: "RuntimeDefault" },
              },
            },
          ],
        },
      },
    },
  };
}

function definitionsOf({ kinds = {}, definitions }: StandInChart) {
  const anything = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  return Object.entries(kinds).flatMap(([groupVersion, names]) => {
    const [group, version] = groupVersion.split("/");
    return names.map((name) => {
      const made = definition(
        group!,
        version!,
        name.replace("*", ""),
        name.startsWith("*") ? "Cluster" : "Namespaced",
        anything,
        pluralOf(name.replace("*", "")),
      );
      if (definitions !== "kept templates") return made;
      return { ...made, metadata: { ...made.metadata, annotations: { "helm.sh/resource-policy": "keep" } } };
    });
  });
}

function pluralOf(kind: string): string {
  const lower = kind.toLowerCase();
  if (lower.endsWith("y") && !lower.endsWith("ay")) return `${lower.slice(0, -1)}ies`;
  return /(s|x|ch)$/.test(lower) ? `${lower}es` : `${lower}s`;
}

/** Objects as a template of Helm: a string that is nothing but Go template loses its quotes. */
function template(objects: readonly unknown[]): string {
  return objects
    .map((object) =>
      dump(object, { lineWidth: -1, noRefs: true }).replace(
        /'(\{\{(?:[^'\n]|'')*\}\})'/g,
        (_, text: string) => text.replaceAll("''", "'"),
      ),
    )
    .join("---\n");
}

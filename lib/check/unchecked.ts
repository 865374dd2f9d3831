import { isContent } from "../effective/source.ts";
import { kubernetesVersions } from "../flux/schema-files.ts";
import { kindsOfGroup, schemaOf } from "../flux/schema.ts";
import { removedApi, removedFluxApis } from "./apis.ts";
import { unreadRules } from "./cel/rules.ts";
import { type CheckedCluster, type CheckedFleet, partsOf } from "./fleet.ts";

/** Something that could not be checked, and why. */
export interface Unchecked {
  /** The clusters that it is the same for, by name. */
  readonly clusters: readonly string[];
  /** A sentence without a full stop. */
  readonly message: string;
  readonly remedy?: string;
}

/** All of a fleet that no rule could look at: what is not known is named, not passed over in silence. */
export function uncheckedOf({ clusters }: CheckedFleet): Unchecked[] {
  const found = new Map<string, Unchecked & { clusters: string[] }>();
  for (const cluster of clusters)
    for (const note of [...contentNotes(cluster), ...versionNotes(cluster)]) {
      const known = found.get(note.message);
      if (known === undefined) found.set(note.message, { ...note, clusters: [cluster.name] });
      else if (!known.clusters.includes(cluster.name)) known.clusters.push(cluster.name);
    }
  const notes: Unchecked[] = [...found.values(), ...kindNotes(clusters)];
  const rules = unreadRules();
  if (rules.length > 0)
    notes.push({
      clusters: clusters.map(({ name }) => name),
      message: `rules in CEL that only an API server can evaluate: ${rules.join("; ")}`,
      remedy: "sluice check --live asks one",
    });
  return notes;
}

type Note = Omit<Unchecked, "clusters">;

function contentNotes({ effective, isWhole }: CheckedCluster): Note[] {
  const notes: Note[] = [];
  for (const unit of effective.units.values()) {
    const { content } = unit;
    const what = `what Kustomization ${unit.id} applies`;
    if (!isContent(content)) {
      if (content.reason !== "missing") notes.push({ message: `${what}: ${content.message}` });
      continue;
    }
    for (const text of [...unit.result().unsupported, ...(content.unsupported ?? [])])
      notes.push({ message: `${what}, as Flux would: ${text}` });
  }
  if (!isWhole)
    notes.push({
      message: "whether what is referred to exists: not all that Flux applies is known",
    });
  return notes;
}

function versionNotes({ minor, kubernetes, hasVersion }: CheckedCluster): Note[] {
  if (!hasVersion)
    return [
      {
        message: `the version of Kubernetes: nothing says which one runs, so ${kubernetes} is taken`,
        remedy: "say so: --kubernetes 1.35",
      },
    ];
  return `1.${minor}` === kubernetes
    ? []
    : [
        {
          message: `the schemas of Kubernetes 1.${minor}: there are those of ${kubernetesVersions.join(", ")}, and ${kubernetes} is taken`,
        },
      ];
}

/** Custom kinds that nobody described, those of the same clusters together. */
function kindNotes(clusters: readonly CheckedCluster[]): Unchecked[] {
  const users = new Map<string, string[]>();
  for (const cluster of clusters)
    for (const kind of undescribedKinds(cluster)) {
      const known = users.get(kind);
      if (known === undefined) users.set(kind, [cluster.name]);
      else known.push(cluster.name);
    }
  const groups = new Map<string, { clusters: string[]; kinds: string[] }>();
  for (const [kind, names] of users) {
    const key = names.join(" ");
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { clusters: names, kinds: [kind] });
    else group.kinds.push(kind);
  }
  return [...groups.values()].map(({ clusters: names, kinds }) => ({
    clusters: names,
    message: `the fields of ${kinds.sort().join(", ")}: ${kinds.length === 1 ? "its definition is" : "their definitions are"} not known`,
    remedy: "give the folder with the CustomResourceDefinitions: --definitions FOLDER",
  }));
}

function undescribedKinds(cluster: CheckedCluster): Set<string> {
  const kinds = new Set<string>();
  for (const api of cluster.byApi.keys()) {
    const custom = cluster.kinds.get(api);
    if (custom !== undefined ? custom.schema === undefined : !isDescribed(cluster, ...partsOf(api)))
      kinds.add(api);
  }
  return kinds;
}

const isDescribed = ({ kubernetes }: CheckedCluster, apiVersion: string, kind: string): boolean =>
  schemaOf(apiVersion, kind, kubernetes) !== undefined ||
  kindsOfGroup(apiVersion, kubernetes).length > 0 ||
  removedApi(apiVersion, kind) !== undefined ||
  removedFluxApis[apiVersion] !== undefined;

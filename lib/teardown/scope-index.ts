import { holdsExternalState, servedFrom } from "./kinds.ts";
import {
  fields,
  groupKind,
  type KubeObject,
  list,
  nameOf,
  type ObjectKey,
  parseKey,
  text,
} from "./objects.ts";
import { claimsOf, helmRelease } from "./ownership.ts";
import type { Snapshot } from "./snapshot.ts";

/** Ways from an object to those that go with it, without being owned by it. */
export interface ScopeIndex {
  readonly ofKind: (kind: { group: string; plural: string }) => readonly ObjectKey[];
  readonly inNamespace: (name: string) => readonly ObjectKey[];
  /** Webhook configurations and APIServices that a Service, or one in a Namespace, answers for. */
  readonly servedFrom: (object: KubeObject) => readonly ObjectKey[];
  /**
   * A claim's volume, the claims of a pod and of a StatefulSet, which nobody owns; what Helm keeps of a release, and
   * the namespace that it made for it.
   */
  readonly cameOf: (object: KubeObject) => readonly ObjectKey[];
}

export function scopeIndex({ objects, kinds }: Snapshot): ScopeIndex {
  const byKind = new Map<string, ObjectKey[]>();
  const byNamespace = new Map<string, ObjectKey[]>();
  const byService = new Map<string, ObjectKey[]>();
  const byClaim = new Map<string, ObjectKey[]>();
  const byRelease = new Map<string, ObjectKey[]>();
  for (const [key, object] of objects) {
    const { kind, metadata } = object;
    push(byKind, groupKind(nameOf(object)), key);
    if (metadata.namespace !== undefined) push(byNamespace, metadata.namespace, key);
    for (const { namespace, name } of servedFrom(object)) {
      push(byService, `${namespace}/`, key);
      push(byService, `${namespace}/${name}`, key);
    }
    if (kind === "PersistentVolume") {
      const claim = fields(object["spec"], "claimRef");
      push(byClaim, `${text(claim, "namespace")}/${text(claim, "name")}`, key);
    }
    if ((kind === "Secret" || kind === "ConfigMap") && metadata.labels?.["owner"] === "helm")
      push(byRelease, `${metadata.namespace}/${metadata.labels["name"]}`, key);
  }
  const plurals = new Map([...kinds.values()].map((kind) => [`${kind.plural}.${kind.group}`, kind]));
  return {
    ofKind: ({ group, plural }) => {
      const kind = plurals.get(`${plural}.${group}`);
      return kind === undefined ? [] : (byKind.get(groupKind(kind)) ?? []);
    },
    inNamespace: (name) => byNamespace.get(name) ?? [],
    servedFrom: ({ kind, metadata }) =>
      byService.get(kind === "Namespace" ? `${metadata.name}/` : `${metadata.namespace}/${metadata.name}`) ??
      [],
    cameOf: (object) => {
      const { namespace, name } = object.metadata;
      if (object.kind === "PersistentVolumeClaim" && holdsExternalState(object))
        return byClaim.get(`${namespace}/${name}`) ?? [];
      if (object.kind === "Pod") return claimsOf(object);
      if (object.kind === "StatefulSet") return claimsOfSet(object, byNamespace.get(namespace ?? "") ?? []);
      const release = helmRelease(object);
      if (release === undefined) return [];
      const kept = byRelease.get(`${release.storage}/${release.name}`) ?? [];
      const makes =
        release.namespace !== namespace && fields(object["spec"], "install")["createNamespace"] === true;
      return makes ? [...kept, `/Namespace//${release.namespace}`] : kept;
    },
  };
}

/** The claims of a StatefulSet's templates: `template-set-0`. They stay when it goes, unless it says otherwise. */
function claimsOfSet({ spec, metadata }: KubeObject, inNamespace: readonly ObjectKey[]): ObjectKey[] {
  const names = list<{ metadata?: { name?: string } }>(spec, "volumeClaimTemplates").map(
    (template) => `${template.metadata?.name}-${metadata.name}-`,
  );
  return inNamespace.filter((key) => {
    const { kind, name } = parseKey(key);
    return (
      kind === "PersistentVolumeClaim" &&
      names.some((prefix) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
    );
  });
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}

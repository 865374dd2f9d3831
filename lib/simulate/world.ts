import { type CustomKind, customKinds } from "../check/fleet.ts";
import type { KubernetesVersion } from "../flux/schema-files.ts";
import { isNamespaced } from "../flux/schema.ts";
import { identityOf } from "../impact/impact.ts";

type Json = Readonly<Record<string, unknown>>;

/** An object of the simulated cluster. */
export interface WorldObject {
  readonly id: string;
  readonly object: Json;
  /** The Kustomization that applied it last, `namespace/name`; undefined for what was there before. */
  readonly unit: string | undefined;
  readonly generation: number;
  /** When its specification changed last, in seconds. */
  readonly changed: number;
  /** Timeout in seconds of the Kustomization that applied it. */
  readonly patience: number;
}

/** Something that was done to an object. */
export interface WorldEvent {
  readonly time: number;
  readonly action: "created" | "configured" | "recreated" | "deleted";
  readonly unit: string | undefined;
  readonly object: Json;
  readonly before: Json | undefined;
}

/** A kind that the simulated API server serves. */
export interface ServedKind {
  /** Undefined where the definition is not known. */
  readonly namespaced: boolean | undefined;
  readonly custom: CustomKind | undefined;
}

export interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, unknown>>;
  readonly annotations?: Readonly<Record<string, unknown>>;
}

export const metadataOf = (object: Json): Metadata => object["metadata"] as Metadata;
export const groupOf = (apiVersion: string): string =>
  apiVersion.slice(0, Math.max(0, apiVersion.indexOf("/")));

/** `Kind/namespace/name`, as Flux names objects in its messages. */
export function fluxName(object: Json): string {
  const { name, namespace } = metadataOf(object);
  return `${String(object["kind"])}/${namespace === undefined ? "" : `${namespace}/`}${name}`;
}

/** What every cluster has from the beginning. */
const initialNamespaces = ["default", "kube-system", "kube-public", "kube-node-lease", "flux-system"];

/** The objects of a simulated cluster, and the kinds that its API server knows. */
export class World {
  readonly objects = new Map<string, WorldObject>();
  readonly events: WorldEvent[] = [];
  readonly kubernetes: KubernetesVersion;
  readonly #kinds = new Map<string, CustomKind>();
  /** API groups whose definitions came with a chart. */
  readonly #groups = new Set<string>();
  readonly #onDelete: (deleted: WorldObject) => void;

  /** @param onDelete told of every object that goes, after it has gone */
  constructor(kubernetes: KubernetesVersion, onDelete: (deleted: WorldObject) => void) {
    this.kubernetes = kubernetes;
    this.#onDelete = onDelete;
    for (const name of initialNamespaces)
      this.put({ apiVersion: "v1", kind: "Namespace", metadata: { name } }, undefined, 0, 0);
  }

  get(
    apiVersion: string,
    kind: string,
    namespace: string | undefined,
    name: string,
  ): WorldObject | undefined {
    return this.objects.get(identityOf({ apiVersion, kind, metadata: { namespace, name } }));
  }

  like(object: Json): WorldObject | undefined {
    return this.objects.get(identityOf(object));
  }

  hasNamespace(name: string): boolean {
    return this.get("v1", "Namespace", undefined, name) !== undefined;
  }

  /** A kind, or undefined where the server does not serve it (yet). */
  served(apiVersion: string, kind: string): ServedKind | undefined {
    const custom = this.#kinds.get(`${apiVersion} ${kind}`);
    if (custom !== undefined) return custom.served ? { namespaced: custom.namespaced, custom } : undefined;
    const builtIn = isNamespaced(apiVersion, kind, this.kubernetes);
    if (builtIn !== undefined) return { namespaced: builtIn, custom: undefined };
    return this.#groups.has(groupOf(apiVersion)) ? { namespaced: undefined, custom: undefined } : undefined;
  }

  /** Whether a chart has brought the kinds of a group. */
  servesGroup(group: string): boolean {
    return this.#groups.has(group);
  }

  /** From now on the kinds of a group are known. @returns whether they were not */
  learn(group: string): boolean {
    const known = this.#groups.has(group);
    this.#groups.add(group);
    return !known;
  }

  /** Makes or changes an object. */
  put(
    object: Json,
    unit: string | undefined,
    time: number,
    patience: number,
    action?: WorldEvent["action"],
  ): void {
    const id = identityOf(object);
    const before = this.objects.get(id);
    this.objects.set(id, {
      id,
      object,
      unit,
      generation: (before?.generation ?? 0) + 1,
      changed: time,
      patience,
    });
    if (object["kind"] === "CustomResourceDefinition")
      for (const [key, kind] of customKinds(object, {
        object,
        shown: undefined,
        file: "",
        line: 0,
        unit: unit ?? "",
      }))
        this.#kinds.set(key, kind);
    if (action !== undefined) this.events.push({ time, action, unit, object, before: before?.object });
  }

  /** The same object under another owner. */
  disown(id: string, unit: string | undefined): void {
    const found = this.objects.get(id);
    if (found !== undefined) this.objects.set(id, { ...found, unit });
  }

  /** Deletes an object, and with it what cannot be without it. */
  delete(id: string, unit: string | undefined, time: number): void {
    const found = this.objects.get(id);
    if (found === undefined) return;
    this.objects.delete(id);
    const { object } = found;
    this.events.push({ time, action: "deleted", unit, object, before: object });
    const { name } = metadataOf(object);
    if (object["kind"] === "Namespace" && object["apiVersion"] === "v1")
      this.#deleteAll(({ object: other }) => metadataOf(other).namespace === name, time);
    else if (object["kind"] === "CustomResourceDefinition")
      for (const [key] of customKinds(object)) {
        this.#kinds.delete(key);
        this.#deleteAll(
          ({ object: other }) => `${String(other["apiVersion"])} ${String(other["kind"])}` === key,
          time,
        );
      }
    this.#onDelete(found);
  }

  #deleteAll(matches: (object: WorldObject) => boolean, time: number): void {
    for (const object of [...this.objects.values()])
      if (matches(object)) this.delete(object.id, undefined, time);
  }
}

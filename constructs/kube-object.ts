import { ApiObject } from "cdk8s";
import type { Construct } from "constructs";
import { type IConstruct } from "constructs";
import { rememberPlace } from "../lib/fleet/place.ts";
import { teardownLabel, type TeardownRole, teardownRole } from "../lib/flux/teardown-label.ts";
import { contextOf } from "./context.ts";
import { isPlaceholder } from "./placeholder.ts";

/** Part of an object's metadata that a definition may give. */
export interface ObjectMetadata {
  /** @default the construct's id */
  readonly name?: string;
  /** @default the chart's namespace */
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A JSON merge patch (RFC 7386): `null` removes a field, a list replaces a list. */
export type MergePatch = Readonly<Record<string, unknown>>;

/** What every construct of one object takes beside its spec. */
export interface CommonProps {
  readonly metadata?: ObjectMetadata;
  /** Applied to the finished object: the way to any field that the props do not have. */
  readonly overrides?: MergePatch;
  /** What the object is for a teardown. @default inferred from its kind and from whether it is the platform's or an app's */
  readonly teardown?: TeardownRole;
}

/** One Kubernetes object, of any kind. */
export interface KubeObjectProps extends CommonProps {
  readonly apiVersion: string;
  readonly kind: string;
  /** Everything else: `spec`, `data`, `rules`, … */
  readonly [field: string]: unknown;
}

type Json = Record<string, unknown>;

/**
 * An object that knows the line of TypeScript that made it, carries its teardown label and takes overrides.
 * All constructs of Sluice are made of these; in a plain cdk8s chart it behaves as any ApiObject.
 */
export class KubeObject extends ApiObject {
  readonly #fields: Json;
  readonly #overrides: MergePatch[];
  readonly #role: TeardownRole | undefined;
  #patched = false;

  constructor(scope: Construct, id: string, { overrides, teardown, metadata, ...fields }: KubeObjectProps) {
    super(scope, id, { ...fields, metadata: { ...metadata, name: metadata?.name ?? id } });
    rememberPlace(this, new.target);
    this.#fields = fields;
    this.#overrides = overrides === undefined ? [] : [overrides];
    this.#role = teardown;
  }

  /** Merges a patch into the finished object, after those given before. */
  override(patch: MergePatch): void {
    this.#overrides.push(patch);
  }

  override addJsonPatch(...operations: Parameters<ApiObject["addJsonPatch"]>): void {
    this.#patched = true;
    super.addJsonPatch(...operations);
  }

  /** Whether an object is one of these. (`instanceof` is not to be used: cdk8s makes it true for every ApiObject.) */
  static isKubeObject(object: ApiObject): object is KubeObject {
    return "sameness" in object;
  }

  /**
   * A text that is the same for two objects only if their JSON is, for a fraction of what the JSON costs; or
   * undefined where that cannot be told without resolving tokens.
   */
  sameness(): string | undefined {
    const metadata = this.#metadata();
    if (this.#patched || !isPlain(this.#fields) || !isPlain(metadata) || !isPlain(this.#overrides))
      return undefined;
    return JSON.stringify([contextOf(this)?.within, this.#role, this.#fields, metadata, this.#overrides]);
  }

  /**
   * The object as plain JSON, keys sorted. Plain data is copied once here; cdk8s's own way, which resolves
   * tokens, costs several times more and serves the objects that hold tokens or JSON patches.
   */
  override toJson(): Json {
    const { apiVersion, kind, ...rest } = this.#fields;
    const metadata = this.#metadata();
    let object: Json =
      !this.#patched && isPlain(rest) && isPlain(metadata)
        ? { apiVersion, kind, metadata: plain(metadata), ...(plain(rest) as Json) }
        : (super.toJson() as Json);
    for (const patch of this.#overrides) object = mergePatch(object, patch) as Json;
    return labelled(object, this.#role ?? "", this);
  }

  /** The metadata as cdk8s keeps it, which callers may have added to since, without what is empty. */
  #metadata(): Json {
    const { name, namespace } = this.metadata;
    const kept = this.metadata as unknown as Record<
      "labels" | "annotations" | "finalizers" | "ownerReferences" | "_additionalAttributes",
      Json
    >;
    const all: Json = { ...kept._additionalAttributes, name, namespace };
    for (const field of ["labels", "annotations", "finalizers", "ownerReferences"] as const) {
      const empty = Object.keys(kept[field]).length === 0;
      all[field] = empty ? undefined : kept[field];
    }
    return all;
  }
}

/** Gives an object its teardown label, if it has none. */
export function labelled(object: Json, role: TeardownRole | "", construct: Construct): Json {
  const metadata = object["metadata"] as { labels?: Record<string, string> };
  if (metadata.labels?.[teardownLabel] !== undefined) return object;
  const value = role === "" ? teardownRole(object as never, contextOf(construct)?.within ?? "apps") : role;
  const labels = { ...metadata.labels, [teardownLabel]: value };
  return { ...object, metadata: sortKeys({ ...metadata, labels: sortKeys(labels) }) };
}

/** Whether a value is plain data, with nothing in it that cdk8s has to resolve. */
function isPlain(value: unknown): boolean {
  if (typeof value !== "object") return typeof value !== "function" && typeof value !== "symbol";
  if (value === null) return true;
  if (Array.isArray(value)) {
    for (const item of value)
      if (typeof item === "object" ? !isPlain(item) : typeof item === "function") return false;
    return true;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return isPlaceholder(value);
  for (const key in value) {
    const part = (value as Json)[key];
    if (typeof part === "object" ? !isPlain(part) : typeof part === "function") return false;
  }
  return true;
}

/** A copy of plain data, keys sorted, without null and undefined. */
function plain(value: unknown): unknown {
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new Error(`${value} is no number that YAML can hold`);
    return Object.is(value, -0) ? 0 : value;
  }
  if (typeof value !== "object") return value;
  if (value === null) return undefined;
  if (Array.isArray(value)) return value.map(plain).filter((item) => item !== undefined);
  if (isPlaceholder(value)) return value.toJSON();
  const copy: Json = {};
  for (const key of Object.keys(value).sort()) {
    const part = plain((value as Json)[key]);
    if (part !== undefined) copy[key] = part;
  }
  return copy;
}

function sortKeys<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1))) as T;
}

/** Applies a JSON merge patch (RFC 7386) without changing its arguments. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch) || isPlaceholder(patch)) {
    if (!isPlain(patch)) throw new Error("an override holds a value that is no plain data");
    return plain(patch);
  }
  const merged: Json =
    typeof target === "object" && target !== null && !Array.isArray(target) ? { ...(target as Json) } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else if (value !== undefined) merged[key] = mergePatch(merged[key], value);
  }
  return sortTop(merged);
}

/** Sorts keys, with apiVersion, kind and metadata first where they are. */
function sortTop(object: Json): Json {
  const { apiVersion, kind, metadata, ...rest } = object;
  if (apiVersion === undefined || kind === undefined) return sortKeys(object);
  return { apiVersion, kind, metadata, ...sortKeys(rest) };
}

/** The objects below a construct, in the order in which they were made. */
export function objectsBelow(construct: IConstruct): ApiObject[] {
  const found: ApiObject[] = [];
  const visit = (node: IConstruct) => {
    if (ApiObject.isApiObject(node)) found.push(node);
    for (const child of node.node.children) visit(child);
  };
  visit(construct);
  return found;
}

/** An object of a cluster, as far as a teardown looks into it. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly finalizers?: readonly string[];
    readonly ownerReferences?: readonly OwnerReference[];
  };
  readonly [field: string]: unknown;
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** What names an object in a cluster, whatever version of its API it is read in. */
export interface ObjectName {
  /** Empty for the core group. */
  readonly group: string;
  readonly kind: string;
  /** Empty for what is in no namespace. */
  readonly namespace: string;
  readonly name: string;
}

/** The name as one string, by which objects are found: `apps/Deployment/shop/web`. */
export type ObjectKey = string;

/** A kind of object that an API server serves, in the version that it prefers. */
export interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

/** The group of an apiVersion: empty for `v1`. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}

/** What names an object. */
export function nameOf({ apiVersion, kind, metadata }: KubeObject): ObjectName {
  return { group: groupOf(apiVersion), kind, namespace: metadata.namespace ?? "", name: metadata.name };
}

export const keyOfName = ({ group, kind, namespace, name }: ObjectName): ObjectKey =>
  `${group}/${kind}/${namespace}/${name}`;

export const keyOf = (object: KubeObject): ObjectKey => keyOfName(nameOf(object));

/** The name that a key was made of. */
export function parseKey(key: ObjectKey): ObjectName {
  const [group, kind, namespace, ...name] = key.split("/");
  return { group: group!, kind: kind!, namespace: namespace!, name: name.join("/") };
}

/** The group and kind of an object, as one string. */
export const groupKind = ({ group, kind }: { group: string; kind: string }): string => `${group}/${kind}`;

/** A part of an object that is a mapping, empty where there is none. */
export function fields(object: unknown, name: string): Readonly<Record<string, unknown>> {
  const value = (object as Record<string, unknown> | undefined)?.[name];
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

/** A part of an object that is a list, empty where there is none. */
export function list<T = Readonly<Record<string, unknown>>>(object: unknown, name: string): readonly T[] {
  const value = (object as Record<string, unknown> | undefined)?.[name];
  return Array.isArray(value) ? (value as T[]) : [];
}

/** A part of an object that is a text, undefined where there is none. */
export function text(object: unknown, name: string): string | undefined {
  const value = (object as Record<string, unknown> | undefined)?.[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

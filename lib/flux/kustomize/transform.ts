import { setField } from "./fields.ts";
import { matching } from "./selector.ts";
import { type FieldSpec, isClusterScoped, kustomizeKnows } from "./knowledge.ts";
import {
  apiVersionOf,
  BuildError,
  currentId,
  groupVersion,
  isMap,
  type Json,
  kindOf,
  metadataOf,
  type Resource,
  storePreviousId,
  withMetadata,
} from "./resource.ts";

/** Puts everything into a namespace. */
export function setNamespace(resources: readonly Resource[], namespace: string): void {
  for (const resource of resources) {
    storePreviousId(resource);
    let { object } = resource;
    const kind = kindOf(object);
    if (!isClusterScoped(apiVersionOf(object), kind)) object = withMetadata(object, { namespace });
    if (kind === "RoleBinding" || kind === "ClusterRoleBinding") object = bindingNamespace(object, namespace);
    for (const spec of kustomizeKnows().fields.namespace) {
      if (spec.path === "metadata/namespace" || spec.path === "subjects/namespace") continue;
      if (spec.path === "metadata/name" && apiVersionOf(object) !== "v1") continue;
      object = setField(object, spec, () => namespace, "");
    }
    resource.object = object;
  }
  refuseConflicts(resources, "namespace transformation");
}

/** Only subjects named `default` follow. */
function bindingNamespace(object: Json, namespace: string): Json {
  const { subjects } = object;
  if (!Array.isArray(subjects)) return object;
  return {
    ...object,
    subjects: subjects.map((subject: unknown) =>
      isMap(subject) && subject["name"] === "default" ? { ...subject, namespace } : subject,
    ),
  };
}

function refuseConflicts(resources: readonly Resource[], what: string): void {
  const seen = new Set<string>();
  for (const { object } of resources) {
    const { kind, name, namespace } = currentId(object);
    const id = `${apiVersionOf(object)} ${kind} ${namespace}/${name}`;
    if (seen.has(id)) throw new BuildError(`${what} produces ID conflict: ${kind} ${namespace}/${name}`);
    seen.add(id);
  }
}

/** Puts text before or behind names. Definitions and namespaces keep theirs. */
export function affixNames(resources: readonly Resource[], where: "prefix" | "suffix", affix: string): void {
  for (const resource of resources) {
    const kind = resource.previous[0]?.kind ?? kindOf(resource.object);
    const { group } = groupVersion(apiVersionOf(resource.object));
    if (kind === "CustomResourceDefinition" || kind === "Namespace") continue;
    if (kind === "APIService" && group === "apiregistration.k8s.io") continue;
    (where === "prefix" ? resource.prefixes : resource.suffixes).push(affix);
    storePreviousId(resource);
    const { name = "" } = metadataOf(resource.object);
    resource.object = withMetadata(resource.object, {
      name: where === "prefix" ? affix + name : name + affix,
    });
  }
}

/** Labels or annotations, put into all the fields that hold them. */
export function setPairs(
  resources: readonly Resource[],
  pairs: Readonly<Record<string, unknown>>,
  specs: readonly FieldSpec[],
): void {
  if (Object.keys(pairs).length === 0) return;
  const texts = Object.fromEntries(
    Object.entries(pairs).map(([key, value]) => [key, String(value as string)]),
  );
  for (const resource of resources)
    for (const spec of specs)
      resource.object = setField(
        resource.object,
        spec,
        (value) => ({ ...(isMap(value) ? value : {}), ...texts }),
        {},
      );
}

export interface LabelEntry {
  readonly pairs?: Readonly<Record<string, unknown>>;
  readonly includeSelectors?: boolean;
  readonly includeTemplates?: boolean;
  readonly fields?: readonly FieldSpec[];
}

/** The fields that an entry of `labels` is put into. */
export function labelFields({ includeSelectors, includeTemplates, fields = [] }: LabelEntry): FieldSpec[] {
  const known = kustomizeKnows().fields;
  if (includeSelectors === true) return [...fields, ...known.commonLabels, ...known.metadataLabels];
  const own: FieldSpec = { path: "metadata/labels", create: true };
  return includeTemplates === true ? [...fields, ...known.metadataLabels] : [...fields, own];
}

export interface ImageEntry {
  readonly name: string;
  readonly newName?: string;
  readonly newTag?: string;
  readonly digest?: string;
  readonly tagSuffix?: string;
}

/** Another name, tag or digest for an image. */
export function setImage(resources: readonly Resource[], image: ImageEntry): void {
  const source = `^${image.name}(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?$`;
  // The name of an image is an expression too, mostly one that is the same in every language.
  const pattern = /^[\w./:-]+$/.test(image.name) ? new RegExp(source) : matching(source);
  for (const resource of resources) {
    if (kindOf(resource.object) === "CustomResourceDefinition") continue;
    const change = (value: unknown) =>
      typeof value === "string" && pattern.test(value) ? withImage(value, image) : value;
    resource.object = inContainers(resource.object, change) as Json;
    for (const spec of kustomizeKnows().fields.images)
      if (spec.path.includes("volumes"))
        resource.object = setField(resource.object, { ...spec, create: false }, change);
  }
}

/** Changes the images of every list called `containers` or `initContainers`, however deep. */
function inContainers(value: unknown, change: (image: unknown) => unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => inContainers(item, change));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  if (!isMap(value)) return value;
  let copy: Record<string, unknown> | undefined;
  for (const [name, before] of Object.entries(value)) {
    let after = inContainers(before, change);
    if ((name === "containers" || name === "initContainers") && Array.isArray(after)) {
      const items = (after as unknown[]).map((item) => {
        if (!isMap(item)) return item;
        const image = change(item["image"]);
        return image === item["image"] ? item : { ...item, image };
      });
      if (items.some((item, index) => item !== (after as unknown[])[index])) after = items;
    }
    if (after !== before) (copy ??= { ...value })[name] = after;
  }
  return copy ?? value;
}

function withImage(value: string, { newName, newTag, digest, tagSuffix }: ImageEntry): string {
  const slash = Math.max(0, value.indexOf("/"));
  const at = value.indexOf("@", slash);
  const colon = value.indexOf(":", slash);
  const nameEnd = Math.min(at < 0 ? value.length : at, colon < 0 ? value.length : colon);
  const name = newName === undefined || newName === "" ? value.slice(0, nameEnd) : newName;
  let tag = colon >= 0 && (at < 0 || colon < at) ? value.slice(colon + 1, at < 0 ? undefined : at) : "";
  let hash = at >= 0 ? value.slice(at + 1) : "";
  const given = (text: string | undefined): text is string => text !== undefined && text !== "";
  if (given(newTag) || given(digest)) {
    tag = newTag ?? "";
    hash = digest ?? "";
  } else if (given(tagSuffix)) {
    tag += tagSuffix;
    hash = "";
  }
  return `${name}${tag === "" ? "" : `:${tag}`}${hash === "" ? "" : `@${hash}`}`;
}

/** How many replicas a workload has. */
export function setReplicas(resources: readonly Resource[], name: string, count: number): void {
  let found = false;
  for (const spec of kustomizeKnows().fields.replicas)
    for (const resource of resources) {
      const ids = [...resource.previous, currentId(resource.object)];
      if (!ids.some((id) => id.name === name && id.kind === spec.kind)) continue;
      found = true;
      resource.object = setField(resource.object, spec, () => count, 0);
    }
  if (!found) throw new BuildError(`resource with name ${name} does not match a config that has replicas`);
}

import { type GoExpression, goExpression } from "../go-expression.ts";
import {
  apiVersionOf,
  BuildError,
  currentId,
  groupVersion,
  kindOf,
  metadataOf,
  originalId,
  type Resource,
} from "./resource.ts";

/** The objects that a patch is for: every field a regular expression that has to match as a whole. */
export interface Selector {
  readonly group?: string;
  readonly version?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly annotationSelector?: string;
}

/** The resources that a selector names, by their original or their current name. @throws BuildError */
export function select(resources: readonly Resource[], selector: Selector): Resource[] {
  const group = wholeMatch(selector.group);
  const version = wholeMatch(selector.version);
  const kind = wholeMatch(selector.kind);
  const name = wholeMatch(selector.name);
  const namespace = wholeMatch(selector.namespace);
  const labels = labelMatcher(selector.labelSelector);
  const annotations = labelMatcher(selector.annotationSelector);
  return resources.filter((resource) => {
    const { object } = resource;
    const own = groupVersion(apiVersionOf(object));
    const metadata = metadataOf(object);
    const original = originalId(resource);
    const current = currentId(object);
    return (
      kind(kindOf(object)) &&
      group(own.group) &&
      version(own.version) &&
      (name(original.name) || name(current.name)) &&
      (namespace(original.namespace) || namespace(current.namespace)) &&
      labels(metadata.labels ?? {}) &&
      annotations(metadata.annotations ?? {})
    );
  });
}

/** What a whole text has to match; nothing for any text. @throws BuildError if Go has no such expression */
export function wholeMatch(pattern: string | undefined): (text: string) => boolean {
  if (pattern === undefined || pattern === "") return () => true;
  // A plain name needs no expression.
  if (/^[\w-]+$/.test(pattern)) return (text) => text === pattern;
  return matching(`^(?:${pattern})$`).test;
}

/** @throws BuildError if Go has no such expression */
export function matching(pattern: string): GoExpression {
  try {
    return goExpression(pattern);
  } catch (error) {
    throw new BuildError(`'${pattern}' is no regular expression: ${(error as Error).message}`);
  }
}

type Labels = Readonly<Record<string, unknown>>;

/** A label selector: `a=b,c!=d,e in (f,g),h notin (i),j,!k`. @throws BuildError */
export function labelMatcher(selector: string | undefined): (labels: Labels) => boolean {
  if (selector === undefined || selector.trim() === "") return () => true;
  const requirements: ((labels: Labels) => boolean)[] = [];
  for (const part of selector.split(/,(?![^(]*\))/)) {
    const text = part.trim();
    const set = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(text);
    const equal = /^([^\s=!]+)\s*(==?|!=)\s*(\S*)$/.exec(text);
    const present = /^(!?)\s*([^\s=!]+)$/.exec(text);
    if (set !== null) {
      const values = set[3]!.split(",").map((value) => value.trim());
      const wanted = set[2] === "in";
      requirements.push((labels) => {
        const value = labels[set[1]!];
        return value === undefined ? !wanted : values.includes(String(value)) === wanted;
      });
    } else if (equal !== null)
      requirements.push((labels) => (labels[equal[1]!] === equal[3]) === (equal[2] !== "!="));
    else if (present !== null)
      requirements.push((labels) => (labels[present[2]!] !== undefined) === (present[1] === ""));
    else throw new BuildError(`'${selector}' is no selector of labels`);
  }
  return (labels) => requirements.every((requirement) => requirement(labels));
}

/** One resource of a stack's plan, as the program registered it. */
export interface PlannedResource {
  readonly urn: string;
  /** Such as `aws:eks/addon:Addon`. */
  readonly type: string;
  readonly name: string;
  /** Made of others, with nothing of its own outside the stack. */
  readonly component: boolean;
  /** URN of the component that it is part of. */
  readonly parent: string | undefined;
  /** Refuses to be deleted. */
  readonly protect: boolean;
  /** Left where it is when the stack is destroyed. */
  readonly retainOnDelete: boolean;
  /** The type and name of the provider instance that makes it, where it is not the default one. */
  readonly provider: string | undefined;
  /** URNs of what has to be there before it. */
  readonly dependencies: readonly string[];
  /** Its inputs, secret ones replaced by {@link secretInput}. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Paths of inputs that are secret, and names of outputs that are kept as secrets. */
  readonly secrets: readonly string[];
  readonly ignoreChanges: readonly string[];
}

/** What stands in a plan where a secret does. */
export const secretInput = "[secret]";

/** What a stack would make, found out by running its program with mocked providers. */
export interface StackPlan {
  readonly cluster: string;
  readonly resources: readonly PlannedResource[];
  /** Names of the stack's outputs, and whether each is secret. */
  readonly outputs: readonly { readonly name: string; readonly secret: boolean }[];
}

/** A type without its module's repetitions: `aws:eks/addon:Addon` → `aws:eks:Addon`. */
export function shortType(type: string): string {
  const [provider = "", module = "", kind = ""] = type.split(":");
  if (kind === "") return type;
  const folder = module.split("/").slice(0, -1).join("/") || module;
  return folder === "index" ? `${provider}:${kind}` : `${provider}:${folder}:${kind}`;
}

/** A component first, then its parts, each with its depth: the tree's lines. Parts are sorted, as they register in no fixed order. */
export function resourceTree(
  resources: readonly PlannedResource[],
): { readonly resource: PlannedResource; readonly depth: number; readonly last: readonly boolean[] }[] {
  const urns = new Set(resources.map(({ urn }) => urn));
  const children = new Map<string | undefined, PlannedResource[]>();
  for (const resource of resources) {
    const parent = resource.parent !== undefined && urns.has(resource.parent) ? resource.parent : undefined;
    children.set(parent, [...(children.get(parent) ?? []), resource]);
  }
  const lines: { resource: PlannedResource; depth: number; last: readonly boolean[] }[] = [];
  const visit = (parent: string | undefined, last: readonly boolean[]) => {
    const below = (children.get(parent) ?? []).toSorted(byTypeAndName);
    below.forEach((resource, index) => {
      const path = [...last, index === below.length - 1];
      lines.push({ resource, depth: last.length, last: path });
      visit(resource.urn, path);
    });
  };
  visit(undefined, []);
  return lines;
}

const byTypeAndName = (a: PlannedResource, b: PlannedResource) =>
  Number(b.component) - Number(a.component) ||
  compare(shortType(a.type), shortType(b.type)) ||
  compare(a.name, b.name);
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

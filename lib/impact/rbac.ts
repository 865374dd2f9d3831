type Json = Readonly<Record<string, unknown>>;

interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly verbs?: readonly string[];
}

interface Permission {
  readonly group: string;
  readonly resource: string;
  readonly verb: string;
  readonly name: string;
}

/** What a role or a binding allows that its former self did not. */
export function widenings(old: Json | undefined, now: Json): string[] {
  if (!String(now["apiVersion"]).startsWith("rbac.authorization.k8s.io/")) return [];
  switch (now["kind"]) {
    case "Role":
    case "ClusterRole":
      return widerRules((old?.["rules"] ?? []) as Rule[], (now["rules"] ?? []) as Rule[], old === undefined);
    case "RoleBinding":
    case "ClusterRoleBinding":
      return widerBinding(old, now);
    default:
      return [];
  }
}

function permissions(rules: readonly Rule[] | null): Permission[] {
  return (rules ?? []).flatMap(
    ({ apiGroups = [], resources = [], resourceNames, nonResourceURLs = [], verbs = [] }) => [
      ...apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          verbs.flatMap((verb) => (resourceNames ?? ["*"]).map((name) => ({ group, resource, verb, name }))),
        ),
      ),
      ...nonResourceURLs.flatMap((url) =>
        verbs.map((verb) => ({ group: "(url)", resource: url, verb, name: "*" })),
      ),
    ],
  );
}

const covers = (granted: Permission, wanted: Permission): boolean =>
  (["group", "resource", "verb", "name"] as const).every(
    (part) => granted[part] === "*" || granted[part] === wanted[part],
  );

function widerRules(old: readonly Rule[], now: readonly Rule[], isNew: boolean): string[] {
  const before = permissions(old);
  const added = permissions(now).filter((wanted) => !before.some((granted) => covers(granted, wanted)));
  const everything = added.filter(({ resource, verb }) => resource === "*" || verb === "*");
  // A new role gives nobody anything yet, unless it is about everything.
  const told = isNew ? everything : added;
  if (told.length === 0) return [];
  const words = told
    .slice(0, 4)
    .map(({ group, resource, verb }) => `${verb} ${resource}${group === "" ? "" : `.${group}`}`);
  return [`allows more: ${words.join(", ")}${told.length > 4 ? `, … (${told.length})` : ""}`];
}

function widerBinding(old: Json | undefined, now: Json): string[] {
  const subjects = (object: Json | undefined) =>
    new Map(
      ((object?.["subjects"] ?? []) as Json[]).map((subject) => [
        JSON.stringify([subject["kind"], subject["namespace"], subject["name"]]),
        `${String(subject["kind"])} ${subject["namespace"] === undefined ? "" : `${String(subject["namespace"])}/`}${String(subject["name"])}`,
      ]),
    );
  const role = ((now["roleRef"] ?? {}) as Json)["name"];
  const before = subjects(old);
  const added = [...subjects(now)].filter(([key]) => !before.has(key)).map(([, name]) => name);
  const dangers: string[] = [];
  if (added.length > 0) dangers.push(`gives ${String(role)} to ${added.join(", ")}`);
  const former = ((old?.["roleRef"] ?? {}) as Json)["name"];
  if (old !== undefined && former !== role)
    dangers.push(`gives ${String(role)} instead of ${String(former)}`);
  return dangers;
}

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "./build.ts";
import type { KubeObject } from "./kube-client.ts";

interface Kind {
  readonly scope: "Namespaced" | "Cluster";
  readonly schema: Readonly<Record<string, unknown>>;
}

/**
 * The definitions of flux-operator's kinds, made of the schemas that Sluice checks them with. (Its own module
 * asks for a newer Go than the other controllers'.) No operator runs: what it would make of a FluxInstance, the
 * sync, is made by who bootstraps the cluster.
 */
export function fluxOperatorDefinitions(): KubeObject[] {
  const file = join(packageRoot(), "schemas/flux-operator.json");
  const { kinds } = JSON.parse(readFileSync(file, "utf8")) as { kinds: Record<string, Kind> };
  return Object.entries(kinds).map(([key, { scope, schema }]) => {
    const [, group, version, kind] = /^(.+)\/(\S+) (\S+)$/.exec(key)!;
    return definition(group!, version!, kind!, scope, schema);
  });
}

/** A CustomResourceDefinition whose objects have a spec of a schema, and any status. */
export function definition(
  group: string,
  version: string,
  kind: string,
  scope: "Namespaced" | "Cluster",
  schema: Readonly<Record<string, unknown>>,
  plural = `${kind.toLowerCase()}s`,
): KubeObject {
  const { properties = {}, ...rest } = schema as { properties?: Readonly<Record<string, unknown>> };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope,
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: {
            openAPIV3Schema: {
              ...rest,
              type: "object",
              properties: {
                ...properties,
                status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
              },
            },
          },
        },
      ],
    },
  };
}

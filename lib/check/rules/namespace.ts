import { metadataOf } from "../fleet.ts";
import type { Finding, Rule } from "../rule.ts";

/** Whether each object has a namespace that exists. */
export const namespace: Rule = {
  name: "namespace",
  description: "an object that lives in a namespace names one that something makes",
  severity: "error",
  check: ({ clusters }) =>
    clusters.flatMap((cluster) =>
      cluster.objects.flatMap((object): Finding[] => {
        const { namespace: own } = metadataOf(object);
        const namespaced = cluster.isNamespaced(object);
        if (namespaced === true && (own === undefined || own === ""))
          return [
            {
              cluster: cluster.name,
              object,
              field: "metadata.namespace",
              message: "has no namespace: Flux cannot apply it",
              remedy: "give it metadata.namespace, or its Kustomization a targetNamespace",
            },
          ];
        if (
          namespaced === false ||
          own === undefined ||
          own.includes("⟨") ||
          !cluster.isWhole ||
          cluster.namespaces.has(own)
        )
          return [];
        return [
          {
            cluster: cluster.name,
            object,
            field: "metadata.namespace",
            message: `nothing makes its namespace '${own}'`,
            remedy: "add the Namespace, or let the release make it with install.createNamespace",
          },
        ];
      }),
    ),
};

import { metadataOf } from "../fleet.ts";
import type { Finding, Rule } from "../rule.ts";

/** Whether each object has a namespace that exists. */
export const namespace: Rule = {
  name: "namespace",
  description: "an object that lives in a namespace names one that something makes",
  severity: "error",
  check: ({ clusters }) =>
    clusters.flatMap((cluster) => {
      const found: Finding[] = [];
      for (const [api, objects] of cluster.byApi) {
        const namespaced = cluster.isNamespaced(api);
        if (namespaced === false) continue;
        for (const object of objects) {
          const { namespace: own = "" } = metadataOf(object);
          if (own === "" && namespaced === true)
            found.push({
              cluster: cluster.name,
              object,
              field: "metadata.namespace",
              message: "has no namespace: Flux cannot apply it",
              remedy: "give it metadata.namespace, or its Kustomization a targetNamespace",
            });
          else if (own !== "" && cluster.isWhole && !own.includes("⟨") && !cluster.namespaces.has(own))
            found.push({
              cluster: cluster.name,
              object,
              field: "metadata.namespace",
              message: `nothing makes its namespace '${own}'`,
              remedy: "add the Namespace, or let the release make it with install.createNamespace",
            });
        }
      }
      return found;
    }),
};

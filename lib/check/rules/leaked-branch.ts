import { normalUrl, syncBranch } from "../../effective/git-sources.ts";
import { rootUnit } from "../../effective/cluster.ts";
import { nameOf, specOf } from "../fleet.ts";
import type { Finding, Rule } from "../rule.ts";

/** Whether a branch that someone works on has stayed behind in a source (flux2#2073). */
export const leakedBranch: Rule = {
  name: "leaked-branch",
  description:
    "what follows a branch of the fleet's own repository follows the one that the cluster is synced from",
  severity: "error",
  check: ({ clusters }) => {
    // Who leaked it: the sandbox whose branch it is, where that is still there.
    const sandboxes = new Map(
      clusters.flatMap(({ name, definition }) =>
        definition?.sandbox === undefined
          ? []
          : [[definition.sandbox.branch, `${name} (owner ${definition.sandbox.owner})`] as const],
      ),
    );
    const named = (branch: string) => {
      const sandbox = sandboxes.get(branch);
      return sandbox === undefined ? `branch '${branch}'` : `branch '${branch}' of sandbox ${sandbox}`;
    };
    return clusters.flatMap((cluster) => {
      const { effective, definition } = cluster;
      const sync = effective.sources.get(`GitRepository ${rootUnit}`);
      const branch = syncBranch(sync);
      const main = definition?.fleet.repository.branch ?? "main";
      const found: Finding[] = [];
      if (
        definition !== undefined &&
        definition.sandbox === undefined &&
        branch !== undefined &&
        branch !== main
      ) {
        const object = cluster.objects.find((each) =>
          ["FluxInstance", "GitRepository"].includes(String(each.object["kind"])),
        );
        found.push({
          cluster: cluster.name,
          ...(object === undefined ? {} : { object, field: "spec" }),
          message: `is synced from ${named(branch)}, though it is no sandbox`,
        });
      }
      if (branch === undefined || sync === undefined) return found;
      for (const object of cluster.ofKind("GitRepository")) {
        const spec = specOf(object);
        const own = syncBranch({ kind: "GitRepository", namespace: "", name: "", spec });
        if (own === undefined || own === branch || normalUrl(spec["url"]) !== normalUrl(sync.spec["url"]))
          continue;
        if (definition?.sandbox?.branch === own) continue;
        found.push({
          cluster: cluster.name,
          object,
          field: "spec.ref.branch",
          message: `${nameOf(object)} follows ${named(own)}, while the cluster is synced from '${branch}'`,
          remedy: `follow ${branch}, a tag or a range`,
        });
      }
      return found;
    });
  },
};

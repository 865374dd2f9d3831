import { attestationsRefspec } from "./attestations.ts";
import type { Pipeline } from "./pipeline.ts";

/** What meets a condition of a promotion. */
export type Action =
  /** A release of what main has. */
  | { readonly do: "release"; readonly version: string }
  | { readonly do: "promote"; readonly to: string; readonly version: string }
  /** Until then it has to stay Ready. */
  | { readonly do: "wait"; readonly until: number; readonly cluster: string }
  /** Somebody looks at the cluster, and records what is seen. */
  | { readonly do: "attest"; readonly cluster: string }
  | { readonly do: "mend"; readonly cluster: string }
  | { readonly do: "rollback"; readonly cluster: string }
  /** Another version. */
  | { readonly do: "choose"; readonly version: string }
  /** A line of versions.yaml, so that the cluster follows no branch any more. */
  | { readonly do: "pin"; readonly cluster: string; readonly version: string }
  /** The cluster's machines come to run what its definition says. */
  | { readonly do: "machines"; readonly cluster: string }
  /** A platform, and apps, without the API. */
  | { readonly do: "replace"; readonly cluster: string }
  | { readonly do: "override" };

/** An action as words and commands, and where they are for where that is not this repository. @param to where a version is to go */
export function describeAction(
  action: Action,
  pipeline: Pick<Pipeline, "what" | "stages" | "releasesIn">,
  to: string,
): string {
  const { what, stages, releasesIn } = pipeline;
  const has = (cluster: string) => stages.some(({ elsewhere }) => elsewhere?.includes(cluster) === true);
  const fetched = (refs: string) => `git fetch --no-tags ${releasesIn ?? "URL"} '${refs}'`;
  const attested = fetched(attestationsRefspec);
  switch (action.do) {
    case "release":
      return releasesIn === undefined
        ? `release what main has: sluice release create ${action.version}, and promote that once it ran`
        : `in a clone of ${releasesIn}, release what main has: sluice release create ${action.version}; here, ${fetched("refs/tags/*:refs/tags/*")}, and promote that once it ran`;
    case "promote":
      return `sluice promote ${what} --to ${action.to} --version ${action.version}`;
    case "wait": {
      const until = `wait until ${new Date(action.until).toISOString().slice(0, 19)}Z`;
      return has(action.cluster)
        ? `${until}; then, in the repository that has ${action.cluster}: sluice attest ${action.cluster} --push, and here: ${attested}`
        : `${until}; ${action.cluster} is looked at then, or its attestation: sluice attest ${action.cluster}`;
    }
    case "attest":
      return has(action.cluster)
        ? `in the repository that has ${action.cluster}, once it runs there and where the kubeconfig leads to it: sluice attest ${action.cluster} --push; and here: ${attested}`
        : `where the kubeconfig leads to it: sluice attest ${action.cluster}`;
    case "mend": {
      const mended = `mend it (sluice status ${action.cluster}), or take the version back there: sluice rollback ${action.cluster} ${what}`;
      return has(action.cluster) ? `in the repository that has ${action.cluster}: ${mended}` : mended;
    }
    case "rollback":
      return `sluice rollback ${action.cluster} ${what}`;
    case "choose":
      return `sluice promote ${what} --to ${to} --version ${action.version}`;
    case "pin":
      return `to pin it, write what it is to follow into its versions.yaml: ${what}: { tag: ${action.version} }`;
    case "machines":
      return `let its control plane and then its nodes come up to what its definition says: sluice sandbox up ${action.cluster}, or pulumi up -s ${action.cluster}`;
    case "replace":
      return "release and promote a platform, or apps, that do without it first";
    case "override":
      return "go on in spite of it, with a reason that is recorded: --override REASON";
  }
}

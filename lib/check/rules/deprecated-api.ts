import { removedApi, removedFluxApis } from "../apis.ts";
import { partsOf } from "../fleet.ts";
import type { Finding, Rule } from "../rule.ts";

/** Whether the cluster, and its next version, serve the API that an object is written for. */
export const deprecatedApi: Rule = {
  name: "deprecated-api",
  description:
    "no object uses an API that the cluster's version of Kubernetes, or the next one, does not serve; a deprecated one is a warning",
  severity: "error",
  check: ({ clusters }) =>
    clusters.flatMap(({ name, minor, byApi }) =>
      [...byApi].flatMap(([api, objects]) => {
        const end = endOf(...partsOf(api), minor);
        return end === undefined
          ? []
          : objects.map((object) => ({ cluster: name, object, field: "apiVersion", ...end }));
      }),
    ),
};

function endOf(
  apiVersion: string,
  kind: string,
  minor: number,
): Pick<Finding, "message" | "remedy" | "severity"> | undefined {
  const flux = removedFluxApis[apiVersion];
  if (flux !== undefined)
    return { message: `Flux 2.9 does not serve ${apiVersion}`, remedy: `write it for ${flux}` };
  const api = removedApi(apiVersion, kind);
  const { removed = Infinity, deprecated = Infinity } = api ?? {};
  if (api === undefined || (removed > minor + 1 && deprecated > minor + 1)) return undefined;
  return {
    ...(removed > minor + 1 ? { severity: "warning" } : {}),
    message: messageOf(`${apiVersion} ${kind}`, minor, removed, deprecated),
    remedy: `write it for ${api.instead}`,
  };
}

function messageOf(what: string, minor: number, removed: number, deprecated: number): string {
  if (removed <= minor) return `Kubernetes 1.${minor} does not serve ${what} (gone since 1.${removed})`;
  if (removed === minor + 1)
    return `${what} goes with Kubernetes 1.${removed}, the next version of the cluster`;
  const until = removed === Infinity ? "" : `, and goes with 1.${removed}`;
  return deprecated <= minor
    ? `${what} is deprecated since Kubernetes 1.${deprecated}${until}`
    : `${what} is deprecated from Kubernetes 1.${deprecated} on, the next version of the cluster${until}`;
}

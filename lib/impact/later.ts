import type { EffectiveCluster } from "../effective/cluster.ts";
import { isContent } from "../effective/source.ts";
import type { GitSources } from "../effective/git-sources.ts";
import { manifestsFolder } from "../synth/paths.ts";

/** A cluster that gets a changed bundle, but not now. */
export interface LaterPick {
  readonly cluster: string;
  readonly bundle: string;
  /** Such as `at the next release in 1.x` or `when its tag moves on from 1.4.2`. */
  readonly when: string;
}

/** The clusters that use a bundle whose folder changed, at a release that is already made. @throws Pending */
export function laterPicks(
  before: GitSources,
  after: GitSources,
  clusters: readonly EffectiveCluster[],
): LaterPick[] {
  const changed = new Set(
    (after.root.list(manifestsFolder) ?? []).filter((name) => {
      const path = `${manifestsFolder}/${name}`;
      return name !== "clusters" && before.root.entry(path)?.id !== after.root.entry(path)?.id;
    }),
  );
  if (changed.size === 0) return [];
  const picks: LaterPick[] = [];
  for (const { root, sources } of clusters)
    for (const source of sources.values()) {
      const { kind, spec, name } = source;
      const bundle =
        kind === "OCIRepository" ? String(spec["url"]).replace(/\/+$/, "").split("/").at(-1)! : name;
      if (!changed.has(bundle)) continue;
      const content = after.content(source, undefined);
      const own = after.root.entry(`${manifestsFolder}/${bundle}`)?.id;
      if (isContent(content) && content.tree.entry("")?.id === own) continue;
      const ref = (spec["ref"] ?? {}) as Readonly<Record<string, string | undefined>>;
      const when =
        ref["digest"] !== undefined
          ? "when its digest is changed"
          : ref["semver"] !== undefined
            ? `at the next release in ${ref["semver"]}`
            : ref["tag"] !== undefined
              ? `at promotion, when its tag moves on from ${ref["tag"]}`
              : undefined;
      if (when !== undefined) picks.push({ cluster: root.name, bundle, when });
    }
  return picks;
}

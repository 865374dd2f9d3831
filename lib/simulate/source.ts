import type { SourceContent, SourceObject, Sources } from "../effective/source.ts";
import { isContent } from "../effective/source.ts";
import type { Context, FluxStatus } from "./state.ts";
import { unseen } from "./state.ts";
import type { WorldObject } from "./world.ts";
import { metadataOf } from "./world.ts";

type Json = Readonly<Record<string, unknown>>;

/** What a source has right now: its content, and the revision that tells one content from another. */
export interface Artifact {
  readonly content: SourceContent;
  readonly revision: string;
}

/** The source that a cluster's own folder is synced from: it is there before anything of git is. */
export const syncId = "GitRepository flux-system/flux-system";

/** Reads what sources have, of one revision of the repository under review. */
export class ArtifactFinder {
  readonly #sources: Sources;
  readonly #sync: SourceObject | undefined;

  /** @param sync the sync as git has it, by whose URL the repository is known */
  constructor(sources: Sources, sync: SourceObject | undefined) {
    this.#sources = sources;
    this.#sync = sync;
  }

  /** What the source of a cluster's own folder has. @throws Pending */
  root(): Artifact {
    const tree = this.#sources.root;
    return { content: { tree, revision: "", reviewed: true }, revision: tree.entry("")?.id ?? "" };
  }

  /** @throws Pending */
  of(object: Json): Artifact {
    const { namespace = "default", name } = metadataOf(object);
    const kind = String(object["kind"]);
    const spec = (object["spec"] ?? {}) as Json;
    if (`${kind} ${namespace}/${name}` === syncId) return this.root();
    const content = this.#sources.content({ kind, namespace, name, spec }, this.#sync);
    const revision = isContent(content)
      ? (content.tree.entry("")?.id ?? "")
      : JSON.stringify(spec["ref"] ?? spec["url"]);
    return { content, revision };
  }
}

/**
 * Reconciles a source. What stands outside of git is taken to be there: repositories, registries, buckets and the
 * Secrets for them. @returns its status, and its artifact unless it has none
 */
export function reconcileSource(
  context: Context,
  id: string,
  { object, generation }: WorldObject,
  finder: ArtifactFinder,
): { status: FluxStatus; artifact: Artifact | undefined } {
  const failed = (reason: string, message: string): { status: FluxStatus; artifact: undefined } => ({
    status: { ...unseen, ready: false, reason, message, names: [] },
    artifact: undefined,
  });
  if (context.failing.has(id)) return failed("ToldToFail", "is told to fail");
  const kind = String(object["kind"]);
  const { namespace = "default" } = metadataOf(object);
  const spec = (object["spec"] ?? {}) as Json;
  if (kind === "ExternalArtifact")
    return failed("AccessDenied", "ExternalArtifact takes a feature gate that is off by default");
  const artifact =
    kind === "HelmRepository" || kind === "HelmChart" || kind === "Bucket" || isChart(spec)
      ? { content: { reason: "unsupported" as const, message: "" }, revision: JSON.stringify(spec) }
      : finder.of(object);
  const { content } = artifact;
  if (!isContent(content) && content.reason === "missing") return failed("Failed", content.message);
  const secret = (spec["secretRef"] as { name?: string } | undefined)?.name;
  if (secret !== undefined && context.world.get("v1", "Secret", namespace, secret) === undefined)
    context.knowledge.assume("Secrets", "Secrets that git does not hold exist");
  return {
    status: {
      ...unseen,
      ready: true,
      reason: "Succeeded",
      message: "stored artifact",
      observed: generation,
      revision: artifact.revision,
    },
    artifact,
  };
}

/** Whether an OCIRepository is of a chart. */
const isChart = (spec: Json): boolean =>
  String((spec["layerSelector"] as Json | undefined)?.["mediaType"] ?? "").includes("helm.chart");

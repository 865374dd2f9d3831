import { loadAll } from "js-yaml";
import { protectedAnnotation } from "../fleet/environment-types.ts";
import { UserError } from "../fleet/user-error.ts";
import type { Git } from "../git/git.ts";
import { variablesName } from "../synth/bundle.ts";
import { clusterFolder } from "../synth/paths.ts";

/** Whether a cluster's manifests at a revision say that it is protected. No definition is run for it. @throws UserError */
export async function isProtectedAt(git: Git, revision: string, cluster: string): Promise<boolean> {
  const path = `${clusterFolder(cluster)}/platform.yaml`;
  const text = await git.show(revision, path);
  return text !== undefined && saysProtected(text, path);
}

function saysProtected(text: string, path: string): boolean {
  let documents: unknown[];
  try {
    documents = loadAll(text);
  } catch (error) {
    throw new UserError({
      where: path,
      message: `broken YAML: ${(error as Error).message.split("\n")[0]}`,
      remedy: "run sluice synth, and commit what it writes",
    });
  }
  return documents.some((document) => {
    const { kind, metadata } = (document ?? {}) as {
      kind?: unknown;
      metadata?: { name?: unknown; annotations?: Readonly<Record<string, unknown>> | null };
    };
    return (
      kind === "ConfigMap" &&
      metadata?.name === variablesName("platform") &&
      String(metadata.annotations?.[protectedAnnotation]) === "true"
    );
  });
}

import { loadAll } from "js-yaml";
import { protectedAnnotation } from "../fleet/environment-types.ts";
import type { FactName } from "../fleet/facts.ts";
import { stackAnnotation } from "../fleet/stack-inputs.ts";
import { UserError } from "../fleet/user-error.ts";
import type { Git } from "../git/git.ts";
import { variablesName } from "../synth/bundle.ts";
import { clusterFolder } from "../synth/paths.ts";

/** What a cluster's manifests say of how it is guarded. */
export interface Guard {
  readonly protected: boolean;
  /** The name of its environment type, where they say so. */
  readonly type: string | undefined;
  /** What its stack makes it from, where they say so. */
  readonly stack: string | undefined;
}

/** How a cluster is guarded by what its manifests at a revision say; no definition is run for it. @returns undefined where it is not there @throws UserError */
export async function guardAt(git: Git, revision: string, cluster: string): Promise<Guard | undefined> {
  const path = `${clusterFolder(cluster)}/platform.yaml`;
  const text = await git.show(revision, path);
  return text === undefined ? undefined : guardIn(text, path);
}

type Texts = Readonly<Record<string, unknown>>;

/** The documents of a manifest. @throws UserError if it is broken */
export function documentsIn(text: string, path: string): unknown[] {
  try {
    return loadAll(text);
  } catch (error) {
    throw new UserError({
      where: path,
      message: `broken YAML: ${(error as Error).message.split("\n")[0]}`,
      remedy: "run sluice synth, and commit what it writes",
    });
  }
}

function guardIn(text: string, path: string): Guard {
  const found = documentsIn(text, path).flatMap((document) => {
    const { kind, metadata, data } = (document ?? {}) as {
      kind?: unknown;
      metadata?: { name?: unknown; annotations?: Texts | null };
      data?: Texts | null;
    };
    return kind === "ConfigMap" && metadata?.name === variablesName("platform")
      ? [{ annotations: metadata.annotations ?? {}, data: data ?? {} }]
      : [];
  });
  const firstText = (values: readonly unknown[]) => values.find((value) => typeof value === "string");
  const typeFact: FactName = "cluster_type";
  return {
    protected: found.some(({ annotations }) => String(annotations[protectedAnnotation]) === "true"),
    type: firstText(found.map(({ data }) => data[typeFact])),
    stack: firstText(found.map(({ annotations }) => annotations[stackAnnotation])),
  };
}

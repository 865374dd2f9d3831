import { readFile } from "node:fs/promises";
import { packBundle, pushArtifact } from "../../lib/artifact/push.ts";
import { readSigningKey } from "../../lib/artifact/signing-key.ts";
import { bundlesOf } from "../../lib/fleet/cluster.ts";
import { suggestion } from "../../lib/fleet/suggestion.ts";
import { trackProblem } from "../../lib/fleet/tracks.ts";
import { UserError } from "../../lib/fleet/user-error.ts";
import { loadFleetDefinition } from "../../lib/synth/load.ts";
import { openRepository } from "../repository.ts";

/** Options of the command. */
export interface ArtifactPushOptions {
  readonly tag: string;
  readonly revision?: string;
  readonly key?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `sluice artifact push`: a bundle at a commit, as an artifact that Flux takes. */
export async function artifactPush(
  bundle: string,
  { tag, revision, key: keyFile, dryRun = false, json = false }: ArtifactPushOptions,
): Promise<void> {
  const { root, git } = await openRepository();
  const fleet = await loadFleetDefinition(root);
  const names = bundlesOf(fleet).map(([name]) => name);
  if (!names.includes(bundle))
    throw new UserError(
      { message: `'${bundle}' is not a bundle of the fleet${suggestion(bundle, names)}` },
      2,
    );
  const problem = trackProblem("tag", tag);
  if (problem !== undefined) throw new UserError({ where: "--tag", message: problem }, 2);
  const key = keyFile === undefined ? undefined : await signingKey(keyFile);

  const request = {
    bundle,
    tag,
    ...(revision === undefined ? {} : { revision }),
    url: `${fleet.artifacts.url.replace(/\/$/, "")}/${bundle}`,
    source: fleet.repository.url,
  };
  const packed = await packBundle(git, request);
  const { insecure = false } = fleet.artifacts;
  const outcome = dryRun ? undefined : await pushArtifact(request, packed, { key, insecure });
  const { url } = request;
  const { digest } = packed.image;
  if (json)
    console.log(
      JSON.stringify(
        { url, tag, digest, revision: packed.revision, files: packed.files, ...outcome },
        null,
        2,
      ),
    );
  else {
    console.log(`${url}:${tag}`);
    console.log(`  ${digest}, ${packed.files} files of ${packed.revision}`);
    if (outcome === undefined) console.log("  nothing pushed");
    else console.log(`  artifact ${outcome.artifact}, signature ${describeSignature(outcome.signature)}`);
  }
}

function describeSignature(signature: "pushed" | "there already" | "none"): string {
  return signature === "none" ? "none: sign with --key" : signature;
}

async function signingKey(file: string) {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new UserError({ where: file, message: `cannot be read: ${(error as Error).message}` }, 2);
  }
  return readSigningKey(text, file, process.env["COSIGN_PASSWORD"]);
}

import { readFile } from "node:fs/promises";
import { type ArtifactRequest, packBundle, pushArtifact } from "../../lib/artifact/push.ts";
import { keylessSigner } from "../../lib/artifact/keyless.ts";
import { keySigner, type Signer } from "../../lib/artifact/signature.ts";
import { readSigningKey } from "../../lib/artifact/signing-key.ts";
import { bundlesOf } from "../../lib/fleet/cluster.ts";
import { suggestion } from "../../lib/fleet/suggestion.ts";
import { trackProblem } from "../../lib/fleet/tracks.ts";
import { UserError } from "../../lib/fleet/user-error.ts";
import { Git, repositoryRoot } from "../../lib/git/git.ts";
import { loadFleetDefinition } from "../../lib/synth/load.ts";
import { openRepository } from "../repository.ts";

/** Options of the command. */
export interface ArtifactPushOptions {
  readonly tag: string;
  readonly revision?: string;
  readonly key?: string;
  readonly keyless?: boolean;
  readonly fulcioUrl?: string;
  readonly rekorUrl?: string;
  readonly path?: string;
  readonly url?: string;
  readonly source?: string;
  readonly insecure?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `sluice artifact push`: a bundle, or any folder of a repository, at a commit, as an artifact that Flux takes. */
export async function artifactPush(bundle: string, options: ArtifactPushOptions): Promise<void> {
  const { tag, revision, dryRun = false, json = false } = options;
  const problem = trackProblem("tag", tag);
  if (problem !== undefined) throw new UserError({ where: "--tag", message: problem }, 2);
  const { git, insecure, ...origin } =
    options.path === undefined ? await ofFleet(bundle, options) : await ofFolder(options.path, options);
  const signer = await signerOf(options);
  const request = { bundle, tag, ...origin, ...(revision === undefined ? {} : { revision }) };
  const packed = await packBundle(git, request);
  const outcome = dryRun ? undefined : await pushArtifact(request, packed, { signer, insecure });
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

/** What a push needs to know beside the release. */
interface PushOrigin extends Pick<ArtifactRequest, "url" | "source" | "path"> {
  readonly git: Git;
  readonly insecure: boolean;
}

/** A bundle of the fleet that the current folder is in goes where the fleet says. */
async function ofFleet(bundle: string, { url, source, insecure }: ArtifactPushOptions): Promise<PushOrigin> {
  if (url !== undefined || source !== undefined || insecure === true)
    throw new UserError(
      {
        where: "--path",
        message:
          "is missing: a bundle of the fleet goes where clusters/fleet.ts says, only a folder elsewhere",
      },
      2,
    );
  const { root, git } = await openRepository();
  const fleet = await loadFleetDefinition(root);
  const names = bundlesOf(fleet).map(([name]) => name);
  if (!names.includes(bundle))
    throw new UserError(
      { message: `'${bundle}' is not a bundle of the fleet${suggestion(bundle, names)}` },
      2,
    );
  return {
    git,
    url: `${fleet.artifacts.url.replace(/\/$/, "")}/${bundle}`,
    source: fleet.repository.url,
    insecure: fleet.artifacts.insecure ?? false,
  };
}

/** A folder of whatever repository the current folder is in: an app team's own. */
async function ofFolder(
  path: string,
  { url, source, insecure = false }: ArtifactPushOptions,
): Promise<PushOrigin> {
  if (url === undefined)
    throw new UserError(
      { where: "--url", message: "is missing: where the folder's artifact goes, oci://…" },
      2,
    );
  const root = await repositoryRoot(process.cwd());
  if (root === undefined)
    throw new UserError({ where: process.cwd(), message: "is in no git repository" }, 2);
  const git = new Git(root);
  const origin = source ?? (await git.try(["config", "--get", "remote.origin.url"]));
  if (origin === undefined)
    throw new UserError({ where: "--source", message: "is missing, and the repository has no origin" }, 2);
  return { git, path, url: url.replace(/\/$/, ""), source: withoutCredentials(origin), insecure };
}

/** A URL as it may be read by everybody. */
function withoutCredentials(url: string): string {
  return url.replace(/^(https?:\/\/)[^@/]*@/, "$1");
}

function describeSignature(signature: "pushed" | "there already" | "none"): string {
  return signature === "none" ? "none: sign with --key or --keyless" : signature;
}

/** Who signs, or undefined if nobody does. @throws UserError if the options contradict one another */
async function signerOf({
  key,
  keyless = false,
  fulcioUrl,
  rekorUrl,
}: ArtifactPushOptions): Promise<Signer | undefined> {
  if (keyless && key !== undefined)
    throw new UserError(
      { where: "--keyless", message: "a release is signed with --key or keyless, not both" },
      2,
    );
  if (!keyless && (fulcioUrl ?? rekorUrl) !== undefined)
    throw new UserError(
      { where: fulcioUrl === undefined ? "--rekor-url" : "--fulcio-url", message: "belongs to --keyless" },
      2,
    );
  if (keyless) return keylessSigner({ fulcio: fulcioUrl, rekor: rekorUrl });
  return key === undefined ? undefined : keySigner(await signingKey(key));
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

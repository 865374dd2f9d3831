import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../fleet/user-error.ts";
import { type Descriptor, digestOf, type Image, indexType, manifestType } from "./artifact.ts";
import { accessToken, basic, type Challenge, parseChallenge } from "./authorisation.ts";
import { type Credentials, dockerCredentials } from "./credentials.ts";
import type { RepositoryReference } from "./reference.ts";

/** A manifest that a registry has. */
export interface FoundManifest {
  readonly digest: string;
  readonly content: Buffer;
  readonly layers: readonly Descriptor[];
}

/** An image that refers to another one, as a registry lists it. */
export interface Referrer extends Descriptor {
  readonly artifactType?: string;
}

/** How to reach a registry. */
export interface RegistryOptions {
  /** Plain HTTP. @default false */
  readonly insecure?: boolean;
  /** @default those of Docker's config */
  readonly credentials?: (host: string) => Promise<Credentials | undefined>;
  /** Milliseconds before the first of three tries is repeated; it doubles. @default 500 */
  readonly patience?: number;
}

/**
 * One repository of an OCI registry, over the requests of the OCI distribution specification 1.1:
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md
 */
export class Registry {
  readonly #base: string;
  readonly #repository: RepositoryReference;
  readonly #credentials: (host: string) => Promise<Credentials | undefined>;
  readonly #patience: number;
  #authorisation: string | undefined;

  constructor(
    repository: RepositoryReference,
    { insecure = false, credentials = dockerCredentials, patience = 500 }: RegistryOptions = {},
  ) {
    this.#repository = repository;
    this.#base = `${insecure ? "http" : "https"}://${repository.host}/v2/${repository.name}/`;
    this.#credentials = credentials;
    this.#patience = patience;
  }

  /**
   * The manifest of a tag or digest, or undefined if there is none.
   * @throws UserError if the registry does not answer or says no
   */
  async manifest(reference: string): Promise<FoundManifest | undefined> {
    const answer = await this.#ask(
      "GET",
      `manifests/${reference}`,
      { headers: { accept: manifestType } },
      [404],
    );
    if (answer.status === 404) return undefined;
    const content = Buffer.from(await answer.arrayBuffer());
    const { layers = [] } = JSON.parse(content.toString()) as { layers?: Descriptor[] };
    return { digest: digestOf(content), content, layers };
  }

  /**
   * The bytes of a blob.
   * @throws UserError if the registry does not have it
   */
  async blob(digest: string): Promise<Buffer> {
    return Buffer.from(await (await this.#ask("GET", `blobs/${digest}`)).arrayBuffer());
  }

  /**
   * The tags of the repository, page by page; none where there is no such repository.
   * @throws UserError if the registry does not answer or says no
   */
  async tags(): Promise<string[]> {
    const found: string[] = [];
    for (let page: string | undefined = "tags/list?n=1000"; page !== undefined;) {
      const answer = await this.#ask("GET", page, {}, [404]);
      if (answer.status === 404) return found;
      const { tags } = (await answer.json()) as { tags?: readonly string[] | null };
      found.push(...(tags ?? []));
      page = /<([^>]+)>;\s*rel="?next"?/.exec(answer.headers.get("link") ?? "")?.[1];
    }
    return found;
  }

  /**
   * What refers to a manifest, such as its signatures. A registry that knows nothing of referring has a list of them
   * under a tag, which who pushes one keeps: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#referrers-tag-schema
   * @throws UserError if the registry does not answer or says no
   */
  async referrers(digest: string): Promise<readonly Referrer[]> {
    const accept = { headers: { accept: indexType } };
    let answer = await this.#ask("GET", `referrers/${digest}`, accept, [400, 404, 405, 406]);
    if (!answer.ok || !answer.headers.get("content-type")?.startsWith(indexType)) {
      await answer.arrayBuffer();
      answer = await this.#ask("GET", `manifests/${referrersTag(digest)}`, accept, [404]);
      if (answer.status === 404) return [];
    }
    return ((await answer.json()) as { manifests?: readonly Referrer[] | null }).manifests ?? [];
  }

  /**
   * Pushes an image: the blobs that the registry lacks, then the manifest.
   * @param reference a tag, or the image's own digest for one that has none
   * @throws UserError if the registry does not answer or says no
   */
  async push(reference: string, { blobs, manifest }: Image): Promise<void> {
    await this.#push(reference, blobs, manifest);
  }

  /**
   * Pushes an image that refers to another one, so that it is found from there.
   * @throws UserError if the registry does not answer or says no
   */
  async pushReferrer({ blobs, manifest, digest }: Image): Promise<void> {
    const answer = await this.#push(digest, blobs, manifest);
    if (answer.headers.has("oci-subject")) return;
    const { artifactType, annotations, subject } = JSON.parse(manifest.toString()) as Referrer & {
      readonly subject: Descriptor;
    };
    const others = (await this.referrers(subject.digest)).filter((other) => other.digest !== digest);
    const referrer = { mediaType: manifestType, digest, size: manifest.length, artifactType, annotations };
    await this.#ask("PUT", `manifests/${referrersTag(subject.digest)}`, {
      headers: { "content-type": indexType },
      body: Buffer.from(
        JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests: [...others, referrer] }),
      ),
    });
  }

  async #push(reference: string, blobs: Image["blobs"], manifest: Buffer): Promise<Response> {
    for (const { content } of blobs) await this.#pushBlob(content);
    return this.#ask("PUT", `manifests/${reference}`, {
      headers: { "content-type": manifestType },
      body: manifest,
    });
  }

  async #pushBlob(content: Buffer): Promise<void> {
    const digest = digestOf(content);
    if ((await this.#ask("HEAD", `blobs/${digest}`, {}, [404])).ok) return;
    const begun = await this.#ask("POST", "blobs/uploads/", { headers: { "content-length": "0" } });
    const location = begun.headers.get("location");
    if (location === null) throw this.#refused("began an upload without saying where");
    const url = new URL(location, this.#base);
    url.searchParams.set("digest", digest);
    await this.#ask("PUT", url.href, {
      headers: { "content-type": "application/octet-stream" },
      body: content,
    });
  }

  /** One request, tried again after a passing failure, and once with credentials if the registry asks for them. */
  async #ask(
    method: string,
    path: string,
    { headers = {}, body }: { headers?: Readonly<Record<string, string>>; body?: Buffer } = {},
    accepted: readonly number[] = [],
  ): Promise<Response> {
    const url = new URL(path, this.#base);
    // An upload may go to another host, whose URL is its own permission.
    const ours = url.host === new URL(this.#base).host;
    for (let attempt = 1, asked = false; ;) {
      let answer: Response;
      try {
        answer = await fetch(url, {
          method,
          headers: {
            ...headers,
            ...(ours && this.#authorisation !== undefined ? { authorization: this.#authorisation } : {}),
          },
          ...(body === undefined ? {} : { body: new Uint8Array(body) }),
        });
      } catch (error) {
        if (attempt++ < 3) {
          await sleep(this.#patience * 2 ** (attempt - 2));
          continue;
        }
        throw this.#refused(`does not answer: ${causeOf(error)}`);
      }
      if (answer.ok || accepted.includes(answer.status)) return answer;
      if (answer.status === 401 && !asked && ours) {
        asked = true;
        await answer.arrayBuffer();
        await this.#authorise(parseChallenge(answer.headers.get("www-authenticate") ?? ""));
      } else if ((answer.status === 429 || answer.status >= 500) && attempt++ < 3) {
        await answer.arrayBuffer();
        await sleep(this.#patience * 2 ** (attempt - 2));
      } else throw this.#refused(await describeAnswer(method, answer), answer.status);
    }
  }

  async #authorise(challenge: Challenge | undefined): Promise<void> {
    const credentials = await this.#credentials(this.#repository.host);
    if (challenge?.scheme === "bearer") {
      const token = await accessToken(challenge, this.#repository.name, credentials);
      if (token === undefined) throw this.#refused("gave no access token", 401);
      this.#authorisation = `Bearer ${token}`;
    } else if (credentials !== undefined && "password" in credentials)
      this.#authorisation = basic(credentials);
    else throw this.#refused("asks for a user and a password", 401);
  }

  #refused(message: string, status?: number): UserError {
    const { host, name } = this.#repository;
    return new UserError({
      where: `oci://${host}/${name}`,
      message: `the registry ${message}`,
      ...(status === 401 || status === 403
        ? { remedy: `log in as someone who may push: docker login ${host}` }
        : {}),
    });
  }
}

/** The tag of the list of what refers to a manifest, where the registry keeps none. */
function referrersTag(digest: string): string {
  return digest.replace(":", "-");
}

function causeOf(error: unknown): string {
  const { cause, message } = error as Error & { cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? message;
}

async function describeAnswer(method: string, answer: Response): Promise<string> {
  let reason = answer.statusText;
  try {
    const { errors } = JSON.parse(await answer.text()) as { errors?: { code?: string; message?: string }[] };
    reason = errors?.map(({ code, message }) => message ?? code).join(", ") || reason;
  } catch {
    // Not the JSON that the specification asks for.
  }
  return `answered ${answer.status} to ${method}${reason === "" ? "" : `: ${reason}`}`;
}

import { gunzipSync } from "node:zlib";
import { parseRepository } from "../artifact/reference.ts";
import { Registry } from "../artifact/registry.ts";
import { MemoryTree, Pending, type Tree } from "../flux/tree.ts";
import type { SourceContent, SourceObject } from "./source.ts";
import { parseTar } from "./tar.ts";
import { type Taken, takeFrom } from "./range.ts";

/** The most that a release may have, unpacked. */
const largest = 200 * 1024 * 1024;
const patience = 10_000;

type Reference = Readonly<Record<string, string | undefined>>;

/**
 * Releases that a clone does not have, out of their OCI artifacts. What cannot be reached is told, and stops nothing
 * else.
 */
export class ArtifactReader {
  readonly #found = new Map<string, SourceContent>();
  readonly #open = new Map<string, Promise<void>>();

  /** The content of an OCIRepository. @throws Pending until {@link settle} has waited for it */
  readonly read = ({ spec, name }: SourceObject, ref: Reference): SourceContent => {
    const url = String(spec["url"]);
    const wanted = ref["digest"] || ref["semver"] || ref["tag"] || "latest";
    const key = JSON.stringify([url, ref]);
    const found = this.#found.get(key);
    if (found !== undefined) return found;
    if (!this.#open.has(key))
      this.#open.set(
        key,
        pull(url, ref, spec["insecure"] === true).then(
          (release) => void this.#found.set(key, { ...release, reviewed: false }),
          (error: unknown) =>
            void this.#found.set(key, {
              reason: "elsewhere",
              message: `the release ${wanted} of ${name} is not in this clone (git fetch --tags origin), and its artifact cannot be read: ${firstLine(error)}`,
            }),
        ),
      );
    throw Pending.instance;
  };

  /** Waits for all that is being read. */
  readonly settle = async (): Promise<void> => {
    await Promise.all(this.#open.values());
    this.#open.clear();
  };
}

const firstLine = (error: unknown): string => (error as Error).message.split("\n")[0]!;

interface Release {
  readonly tree: Tree;
  readonly revision: string;
  readonly taken?: Taken;
}

async function pull(url: string, ref: Reference, insecure: boolean): Promise<Release> {
  const registry = new Registry(parseRepository(url), { insecure, patience: 100 });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${patience / 1000} s`));
    }, patience);
  });
  try {
    return await Promise.race([late, find(registry, ref)]);
  } finally {
    clearTimeout(timer);
  }
}

/** A digest before a range before a tag, as source-controller chooses. */
async function find(registry: Registry, { digest, semver, semverFilter, tag }: Reference): Promise<Release> {
  if (digest) return unpack(registry, digest, digest);
  if (!semver) return unpack(registry, tag || "latest", tag || "latest");
  const taken = takeFrom(await registry.tags(), semver, semverFilter);
  if (taken === undefined) throw new Error(`the registry has no tag in the range '${semver}'`);
  const release = await unpack(registry, taken.tag, `${taken.tag} (the best in ${semver})`);
  return { ...release, taken };
}

async function unpack(registry: Registry, reference: string, revision: string): Promise<Release> {
  const manifest = await registry.manifest(reference);
  const [layer] = manifest?.layers ?? [];
  if (layer === undefined) throw new Error(`the registry has no artifact ${reference}`);
  if (layer.size > largest)
    throw new Error(`the artifact has ${layer.size} bytes, more than the ${largest} that a release may have`);
  const content = gunzipSync(await registry.blob(layer.digest), { maxOutputLength: largest });
  return { tree: new MemoryTree(parseTar(content)), revision };
}

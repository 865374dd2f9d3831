import { gunzipSync } from "node:zlib";
import { parseRepository } from "../artifact/reference.ts";
import { Registry } from "../artifact/registry.ts";
import { MemoryTree, Pending, type Tree } from "../flux/tree.ts";
import type { SourceContent, SourceObject } from "./source.ts";
import { parseTar } from "./tar.ts";

/** The most that a release may have, unpacked. */
const largest = 200 * 1024 * 1024;
const patience = 10_000;

/**
 * Releases that a clone does not have, out of their OCI artifacts. What cannot be reached is told, and stops nothing
 * else.
 */
export class ArtifactReader {
  readonly #found = new Map<string, SourceContent>();
  readonly #open = new Map<string, Promise<void>>();

  /** The content of an OCIRepository at a tag or digest. @throws Pending until {@link settle} has waited for it */
  readonly read = (
    { spec, name }: SourceObject,
    ref: Readonly<Record<string, string | undefined>>,
  ): SourceContent | undefined => {
    const reference = ref["digest"] ?? ref["tag"];
    // A range needs the registry's list of tags, which the clone's tags stand for.
    if (reference === undefined || reference === "") return undefined;
    const url = String(spec["url"]);
    const key = `${url} ${reference}`;
    const found = this.#found.get(key);
    if (found !== undefined) return found;
    if (!this.#open.has(key))
      this.#open.set(
        key,
        pull(url, reference, spec["insecure"] === true).then(
          (tree) => void this.#found.set(key, { tree, revision: reference, reviewed: false }),
          (error: unknown) =>
            void this.#found.set(key, {
              reason: "elsewhere",
              message: `the release ${reference} of ${name} is not in this clone (git fetch --tags origin), and its artifact cannot be read: ${firstLine(error)}`,
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

async function pull(url: string, reference: string, insecure: boolean): Promise<Tree> {
  const registry = new Registry(parseRepository(url), { insecure, patience: 100 });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${patience / 1000} s`));
    }, patience);
  });
  try {
    return await Promise.race([late, unpack(registry, reference)]);
  } finally {
    clearTimeout(timer);
  }
}

async function unpack(registry: Registry, reference: string): Promise<Tree> {
  const manifest = await registry.manifest(reference);
  const [layer] = manifest?.layers ?? [];
  if (layer === undefined) throw new Error(`the registry has no artifact ${reference}`);
  const content = gunzipSync(await registry.blob(layer.digest), { maxOutputLength: largest });
  return new MemoryTree(parseTar(content));
}

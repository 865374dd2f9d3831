import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import { readManifests } from "../flux/go-yaml-read.ts";
import { generatedFrom } from "../synth/files.ts";

/** One document of a manifest's file. */
export interface Manifest {
  /** What the file says that it is generated from, such as `clusters/production`. */
  readonly from: string | undefined;
  /** What it holds, as it stands in the file: nothing is substituted. */
  readonly document: unknown;
  /** The line of a field of it, or of what comes nearest, such as of `spec.ports[0].port`. */
  readonly lineOf: (field: string) => number;
}

/**
 * Reads the document that begins on a line of a file. Only what has a problem is read so, as it takes long.
 * @param line from 1
 */
export function readManifest(text: string, line: number): Manifest {
  const lines = text.split("\n");
  const end = lines.findIndex((each, index) => index >= line && /^---(\s|$)/.test(each));
  const own = lines.slice(line - 1, end < 0 ? undefined : end).join("\n");
  const counter = new LineCounter();
  let nodes: unknown;
  return {
    from: generatedFrom(text),
    document: documentOf(own),
    lineOf: (field) => {
      if (field === "") return line;
      nodes ??= parseDocument(own, { lineCounter: counter, version: "1.1", logLevel: "silent" }).contents;
      const offset = offsetOf(nodes, keysOf(field));
      return offset === undefined ? line : line + counter.linePos(offset).line - 1;
    },
  };
}

function documentOf(text: string): unknown {
  try {
    return readManifests(text)[0]?.value;
  } catch {
    return undefined;
  }
}

/** `spec.ports[0]["a.b"]` as its keys. */
const keysOf = (field: string): string[] =>
  [...field.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(
    ([, quoted, index, name]) => quoted ?? index ?? name!,
  );

/** Where the last key begins that is there. */
function offsetOf(node: unknown, keys: readonly string[]): number | undefined {
  let offset: number | undefined;
  let current = node;
  for (let at = 0; at < keys.length;) {
    if (isSeq(current)) {
      current = current.items[Number(keys[at])];
      at++;
      offset = (current as Node | undefined)?.range?.[0] ?? offset;
    } else if (isMap(current)) {
      // A key may have dots itself.
      const found = current.items
        .map((pair) => ({
          pair,
          length: lengthOf(String(isScalar(pair.key) ? pair.key.value : ""), keys, at),
        }))
        .find(({ length }) => length > 0);
      if (found === undefined) break;
      offset = (found.pair.key as Node).range?.[0] ?? offset;
      current = found.pair.value;
      at += found.length;
    } else break;
  }
  return offset;
}

/** How many of the keys make up a name. */
function lengthOf(name: string, keys: readonly string[], at: number): number {
  for (let length = 1; at + length <= keys.length; length++)
    if (keys.slice(at, at + length).join(".") === name) return length;
  return 0;
}

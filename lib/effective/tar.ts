import { joinPath } from "../flux/tree.ts";

/** The text files of a tar archive, by path. Links and other things are passed over, as Flux does. */
export function parseTar(archive: Buffer): Map<string, string> {
  const files = new Map<string, string>();
  let longName: string | undefined;
  for (let at = 0; at + 512 <= archive.length;) {
    const header = archive.subarray(at, at + 512);
    if (header.every((byte) => byte === 0)) break;
    const field = (from: number, to: number) => header.toString("utf8", from, to).replace(/\0.*$/s, "");
    const size = Number.parseInt(field(124, 136).trim() || "0", 8);
    const type = field(156, 157);
    const content = archive.subarray(at + 512, at + 512 + size);
    at += 512 + Math.ceil(size / 512) * 512;
    if (type === "x") longName = /\d+ path=([^\n]*)\n/.exec(content.toString())?.[1];
    else if (type === "L") longName = content.toString().replace(/\0.*$/s, "");
    else {
      const prefix = field(257, 262) === "ustar" ? field(345, 500) : "";
      const name = longName ?? (prefix === "" ? field(0, 100) : `${prefix}/${field(0, 100)}`);
      longName = undefined;
      const path = joinPath("", name);
      if ((type === "0" || type === "") && path !== undefined && path !== "")
        files.set(path, content.toString());
    }
  }
  return files;
}

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { type ArchiveFile, packArchive, tar } from "../../../lib/artifact/archive.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** What tar and gzip of this machine make of an archive. */
function unpack(archive: Buffer): Map<string, ArchiveFile> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-archive-"));
  folders.push(folder);
  execFileSync("tar", ["-xz", "-p", "-f", "-", "-C", folder], { input: archive });
  const files = new Map<string, ArchiveFile>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const executable = (statSync(path).mode & 0o111) !== 0;
    files.set(path.slice(folder.length + 1), {
      content: readFileSync(path),
      ...(executable ? { executable } : {}),
    });
  }
  return files;
}

const name = fc.stringMatching(/^[a-zA-Z0-9äß_-]{1,60}$/);
const paths = fc.uniqueArray(
  fc.array(name, { minLength: 1, maxLength: 6 }).map((parts) => `f${parts.join("/d")}.x`),
  {
    maxLength: 12,
  },
);
const file = fc
  .record({ bytes: fc.uint8Array({ maxLength: 3000 }), executable: fc.boolean() })
  .map(({ bytes, executable }): ArchiveFile => ({
    content: Buffer.from(bytes),
    ...(executable ? { executable } : {}),
  }));
const trees = paths.chain((names) =>
  fc
    .tuple(...names.map(() => file))
    .map((files) => new Map(names.map((path, index) => [path, files[index]!]))),
);

describe("an archive", () => {
  it("holds what was packed, as tar and gzip read it", { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(trees, (files) => {
        const sorted = (map: ReadonlyMap<string, ArchiveFile>) =>
          [...map].sort(([a], [b]) => (a < b ? -1 : 1));
        expect(sorted(unpack(packArchive(files)))).toEqual(sorted(files));
      }),
      { numRuns: 40 },
    );
  });

  it("takes files of more than one block of gzip, and none at all", () => {
    const big = Buffer.alloc(200_000, "platform ");
    expect(
      unpack(packArchive(new Map([["big", { content: big }]])))
        .get("big")
        ?.content.equals(big),
    ).toBe(true);
    expect(unpack(packArchive(new Map())).size).toBe(0);
    expect(gunzipSync(packArchive(new Map()))).toEqual(tar(new Map()));
  });

  it("takes paths too long for tar's own field", () => {
    const long = [
      `${"a".repeat(90)}/${"b".repeat(90)}.yaml`,
      `${"c/".repeat(150)}d.yaml`,
      `${"e".repeat(120)}.yaml`,
    ];
    const files = new Map(long.map((path) => [path, { content: Buffer.from(path) }]));
    expect([...unpack(packArchive(files)).keys()].sort()).toEqual(long.sort());
  });

  it("has the same bytes whatever order the files are given in, and on any machine", () => {
    const files: [string, ArchiveFile][] = [
      ["services/traefik.yaml", { content: Buffer.from("kind: HelmRelease\n") }],
      ["bundle.json", { content: Buffer.from("{}\n") }],
      ["run.sh", { content: Buffer.from("#!/bin/sh\n"), executable: true }],
    ];
    const archive = packArchive(new Map(files));
    expect(packArchive(new Map(files.reverse())).equals(archive)).toBe(true);
    expect(createHash("sha256").update(archive).digest("hex")).toMatchInlineSnapshot(
      `"86dc0e30c4518076e1259dc0d939d10cc54160df351ba2bfce4fedcac90d34e0"`,
    );
  });

  it("refuses paths that leave the folder", () => {
    for (const path of ["../up", "/root", "a//b", "a/./b", ""])
      expect(() => packArchive(new Map([[path, { content: Buffer.alloc(0) }]]))).toThrow("no path of a file");
  });
});

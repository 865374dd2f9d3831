import { crc32 } from "node:zlib";

/** A file to pack: its bytes, and whether it may be executed. */
export interface ArchiveFile {
  readonly content: Buffer;
  readonly executable?: boolean;
}

/**
 * Packs files as a gzipped tar whose bytes depend on nothing but the files: paths in the order of their bytes,
 * no owner, no times, modes 0644 and 0755. The gzip stream only stores, because what zlib's compression gives
 * differs between versions of Node; a reader sees ordinary gzip.
 * @param files by path, with `/` and relative; folders are not entries, readers make them
 * @throws Error for a path that would leave the folder that it is unpacked into
 */
export function packArchive(files: ReadonlyMap<string, ArchiveFile>): Buffer {
  return storedGzip(tar(files));
}

/** The same without the gzip around it. */
export function tar(files: ReadonlyMap<string, ArchiveFile>): Buffer {
  const paths = [...files.keys()].map((path) => Buffer.from(path)).sort((a, b) => Buffer.compare(a, b));
  const blocks: Buffer[] = [];
  for (const path of paths) {
    const name = path.toString();
    if (name === "" || name.startsWith("/") || name.split("/").some((part) => /^\.{0,2}$/.test(part)))
      throw new Error(`'${name}' is no path of a file in an archive`);
    const { content, executable = false } = files.get(name)!;
    const split = splitName(path);
    if (split === undefined) {
      const record = paxRecord("path", name);
      blocks.push(header(Buffer.from("pax"), Buffer.alloc(0), record.length, 0o644, "x"), padded(record));
    }
    const [short, prefix] = split ?? [path.subarray(0, 100), Buffer.alloc(0)];
    blocks.push(header(short, prefix, content.length, executable ? 0o755 : 0o644, "0"), padded(content));
  }
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** A path as ustar's name (100 bytes) and prefix (155), or undefined if it does not fit or is not ASCII. */
function splitName(path: Buffer): [Buffer, Buffer] | undefined {
  if (path.some((byte) => byte > 126)) return undefined;
  if (path.length <= 100) return [path, Buffer.alloc(0)];
  const slash = path.indexOf("/", path.length - 101);
  if (slash < 1 || slash > 155) return undefined;
  return [path.subarray(slash + 1), path.subarray(0, slash)];
}

/** A record of a pax header, which counts its own length. */
function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (rest + String(length).length !== length) length = rest + String(length).length;
  return Buffer.from(`${length} ${key}=${value}\n`);
}

function header(name: Buffer, prefix: Buffer, size: number, mode: number, type: "0" | "x"): Buffer {
  const block = Buffer.alloc(512);
  const octal = (value: number, offset: number, digits: number) =>
    block.write(value.toString(8).padStart(digits, "0"), offset, "latin1");
  name.copy(block, 0);
  octal(mode, 100, 7);
  octal(0, 108, 7); // owner
  octal(0, 116, 7); // group
  octal(size, 124, 11);
  octal(0, 136, 11); // time
  block.fill(" ", 148, 156);
  block.write(type, 156, "latin1");
  block.write("ustar\x0000", 257, "latin1");
  prefix.copy(block, 345);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

function padded(content: Buffer): Buffer {
  const rest = content.length % 512;
  return rest === 0 ? content : Buffer.concat([content, Buffer.alloc(512 - rest)]);
}

/** Gzip of stored blocks: RFC 1952 around RFC 1951's block type 0, no name, no time, "unknown" system. */
function storedGzip(content: Buffer): Buffer {
  const parts: Buffer[] = [Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff])];
  const most = 0xffff;
  for (let offset = 0; offset === 0 || offset < content.length; offset += most) {
    const block = content.subarray(offset, offset + most);
    const head = Buffer.alloc(5);
    head.writeUInt8(offset + most >= content.length ? 1 : 0, 0);
    head.writeUInt16LE(block.length, 1);
    head.writeUInt16LE(~block.length & 0xffff, 3);
    parts.push(head, block);
  }
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(crc32(content), 0);
  tail.writeUInt32LE(content.length % 2 ** 32, 4);
  return Buffer.concat([...parts, tail]);
}

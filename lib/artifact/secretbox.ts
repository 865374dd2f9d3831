import { timingSafeEqual } from "node:crypto";

// NaCl's secretbox, XSalsa20 and Poly1305: cosign's private keys are sealed with it, and Node has neither.
// https://cr.yp.to/snuffle/xsalsa-20110204.pdf, RFC 8439 section 2.5

/**
 * Opens a secretbox.
 * @param box the authenticator (16 bytes) and the sealed text
 * @param nonce 24 bytes
 * @param key 32 bytes
 * @returns undefined if it was sealed with another key, or changed
 */
export function openSecretbox(box: Buffer, nonce: Buffer, key: Buffer): Buffer | undefined {
  if (box.length < 16) return undefined;
  const sealed = box.subarray(16);
  const { authenticator, text } = secretbox(sealed, nonce, key, true);
  return timingSafeEqual(authenticator, box.subarray(0, 16)) ? text : undefined;
}

/** Seals a text: what {@link openSecretbox} opens. */
export function sealSecretbox(text: Buffer, nonce: Buffer, key: Buffer): Buffer {
  const { authenticator, text: sealed } = secretbox(text, nonce, key, false);
  return Buffer.concat([authenticator, sealed]);
}

function secretbox(input: Buffer, nonce: Buffer, key: Buffer, isSealed: boolean) {
  const subkey = hsalsa20(key, nonce.subarray(0, 16));
  const stream = salsa20Stream(subkey, nonce.subarray(16, 24), 32 + input.length);
  const output = Buffer.from(input.map((byte, index) => byte ^ stream[32 + index]!));
  return { authenticator: poly1305(isSealed ? input : output, stream.subarray(0, 32)), text: output };
}

const sigma = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574];

function words(bytes: Buffer): number[] {
  return Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readUInt32LE(4 * index));
}

function fromWords(values: Iterable<number>): Buffer {
  const list = [...values];
  const bytes = Buffer.alloc(4 * list.length);
  list.forEach((value, index) => bytes.writeUInt32LE(value >>> 0, 4 * index));
  return bytes;
}

/** The state: constants on the diagonal, the key around it, 16 bytes of input in the middle. */
function initial(key: Buffer, input: Buffer): Uint32Array {
  const k = words(key);
  const n = words(input);
  return Uint32Array.of(
    ...[sigma[0]!, k[0]!, k[1]!, k[2]!, k[3]!, sigma[1]!, n[0]!, n[1]!],
    ...[n[2]!, n[3]!, sigma[2]!, k[4]!, k[5]!, k[6]!, k[7]!, sigma[3]!],
  );
}

/** Twenty rounds: quarter rounds on the columns, then on the rows. */
function rounds(state: Uint32Array): Uint32Array {
  const x = state.slice();
  const step = (to: number, a: number, b: number, by: number) => {
    const sum = (x[a]! + x[b]!) >>> 0;
    x[to] = x[to]! ^ ((sum << by) | (sum >>> (32 - by)));
  };
  const quarter = (a: number, b: number, c: number, d: number) => {
    step(b, a, d, 7);
    step(c, b, a, 9);
    step(d, c, b, 13);
    step(a, d, c, 18);
  };
  for (let round = 0; round < 10; round++) {
    quarter(0, 4, 8, 12);
    quarter(5, 9, 13, 1);
    quarter(10, 14, 2, 6);
    quarter(15, 3, 7, 11);
    quarter(0, 1, 2, 3);
    quarter(5, 6, 7, 4);
    quarter(10, 11, 8, 9);
    quarter(15, 12, 13, 14);
  }
  return x;
}

function hsalsa20(key: Buffer, input: Buffer): Buffer {
  const x = rounds(initial(key, input));
  return fromWords([0, 5, 10, 15, 6, 7, 8, 9].map((index) => x[index]!));
}

function salsa20Stream(key: Buffer, nonce: Buffer, length: number): Buffer {
  const blocks: Buffer[] = [];
  for (let counter = 0; counter * 64 < length; counter++) {
    const count = Buffer.alloc(8);
    count.writeUInt32LE(counter, 0);
    const state = initial(key, Buffer.concat([nonce, count]));
    const x = rounds(state);
    blocks.push(fromWords(x.map((value, index) => value + state[index]!)));
  }
  return Buffer.concat(blocks).subarray(0, length);
}

function littleEndian(bytes: Buffer): bigint {
  return BigInt(`0x0${Buffer.from(bytes).reverse().toString("hex")}`);
}

function poly1305(message: Buffer, key: Buffer): Buffer {
  const prime = (1n << 130n) - 5n;
  const r = littleEndian(key.subarray(0, 16)) & 0x0ffffffc0ffffffc0ffffffc0fffffffn;
  let sum = 0n;
  for (let offset = 0; offset < message.length; offset += 16) {
    const block = message.subarray(offset, offset + 16);
    sum = ((sum + littleEndian(block) + (1n << BigInt(8 * block.length))) * r) % prime;
  }
  const tag = (sum + littleEndian(key.subarray(16, 32))) & ((1n << 128n) - 1n);
  return Buffer.from(tag.toString(16).padStart(32, "0"), "hex").reverse();
}

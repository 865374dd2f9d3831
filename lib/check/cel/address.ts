import { isIPv4, isIPv6 } from "node:net";

/** An IP address. */
export interface Address {
  readonly family: 4 | 6;
  readonly bits: bigint;
}

/** The bits of an address of a family. */
export const widthOf = (family: 4 | 6): number => (family === 4 ? 32 : 128);

/** Undefined for what is none, has a zone or is an IPv4 address in an IPv6 one, none of which Kubernetes takes. */
export function parseAddress(text: string): Address | undefined {
  if (isIPv4(text)) return { family: 4, bits: join(text.split(".").map(Number), 8) };
  if (!isIPv6(text) || text.includes("%")) return undefined;
  const bits = join(groupsOf(text), 16);
  return bits >> 32n === 0xffffn ? undefined : { family: 6, bits };
}

/** As Go prints it, and as RFC 5952 wants it. */
export function printAddress({ family, bits }: Address): string {
  if (family === 4) return split(bits, 8, 4).join(".");
  const groups = split(bits, 16, 8).map((group) => group.toString(16));
  let [from, length] = [0, 1];
  for (let at = 0; at < 8; at++) {
    let end = at;
    while (groups[end] === "0") end++;
    if (end - at > length) [from, length] = [at, end - at];
  }
  if (length === 1) return groups.join(":");
  return `${groups.slice(0, from).join(":")}::${groups.slice(from + length).join(":")}`;
}

/** The eight groups of an IPv6 address. */
function groupsOf(text: string): number[] {
  const embedded = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  const hex = (high: string, low: string) => ((Number(high) << 8) | Number(low)).toString(16);
  const plain =
    embedded === null
      ? text
      : `${embedded[1]}${hex(embedded[2]!, embedded[3]!)}:${hex(embedded[4]!, embedded[5]!)}`;
  const [head = [], tail = []] = plain
    .split("::")
    .map((part) => (part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16))));
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

const join = (parts: readonly number[], size: number): bigint =>
  parts.reduce((bits, part) => (bits << BigInt(size)) | BigInt(part), 0n);

const split = (bits: bigint, size: number, count: number): bigint[] =>
  Array.from({ length: count }, (_, index) =>
    BigInt.asUintN(size, bits >> BigInt(size * (count - 1 - index))),
  );

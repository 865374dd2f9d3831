import { type CelFunc, celFunc, celMethod, CelScalar } from "@bufbuild/cel";
import { type Address, parseAddress, printAddress, widthOf } from "./address.ts";
import { addedType, ValueError } from "./value.ts";

const { BOOL, INT, STRING } = CelScalar;
const added = addedType<Address>("net.IP");

/** The type of addresses in CEL. */
export const ipType = added.type;
export const makeIp = (address: Address) => added.make(address, printAddress(address));
export const readIp = added.read;

/** @throws ValueError */
export function addressOf(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined) throw new ValueError("the text is no IP address");
  return address;
}

/** k8s.io/apiserver/pkg/cel/library, ip.go */
export const ipFunctions: CelFunc[] = [
  celFunc("ip", [STRING], ipType, (text) => makeIp(addressOf(text))),
  celFunc("isIP", [STRING], BOOL, (text) => parseAddress(text) !== undefined),
  celFunc("ip.isCanonical", [STRING], BOOL, (text) => printAddress(addressOf(text)) === text),
  celFunc("string", [ipType], STRING, (value) => printAddress(readIp(value))),
  celMethod("family", ipType, [], INT, function () {
    return BigInt(readIp(this).family);
  }),
  property("isUnspecified", isUnspecified),
  property("isLoopback", isLoopback),
  property("isLinkLocalMulticast", isLinkLocalMulticast),
  property("isLinkLocalUnicast", isLinkLocalUnicast),
  property(
    "isGlobalUnicast",
    (address) =>
      !isUnspecified(address) &&
      !isIn(address, 4, 0xffffffffn, 32) &&
      !isLoopback(address) &&
      !isIn(address, 4, 0xen, 4) &&
      !isIn(address, 6, 0xffn, 8) &&
      !isLinkLocalUnicast(address),
  ),
];

function property(name: string, holds: (address: Address) => boolean): CelFunc {
  return celMethod(name, ipType, [], BOOL, function () {
    return holds(readIp(this));
  });
}

/** Whether an address is of a family and begins with some bits. */
const isIn = ({ family, bits }: Address, wanted: 4 | 6, prefix: bigint, length: number): boolean =>
  family === wanted && bits >> BigInt(widthOf(family) - length) === prefix;

// What follows is net/netip of Go.
function isUnspecified({ bits }: Address): boolean {
  return bits === 0n;
}

function isLoopback(address: Address): boolean {
  return isIn(address, 4, 127n, 8) || isIn(address, 6, 1n, 128);
}

function isLinkLocalUnicast(address: Address): boolean {
  return isIn(address, 4, 0xa9fen, 16) || isIn(address, 6, 0x3fan, 10);
}

function isLinkLocalMulticast(address: Address): boolean {
  return (
    isIn(address, 4, 0xe00000n, 24) ||
    (address.family === 6 && ((address.bits >> 112n) & 0xff0fn) === 0xff02n)
  );
}

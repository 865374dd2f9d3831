import { type CelFunc, celFunc, celMethod, CelScalar } from "@bufbuild/cel";
import { type Address, parseAddress, printAddress, widthOf } from "./address.ts";
import { addressOf, ipType, makeIp, readIp } from "./ip.ts";
import { addedType, ValueError } from "./value.ts";

/** A network: an address, which need not be its first, and how many of its bits are the network's. */
interface Network {
  readonly address: Address;
  readonly length: number;
}

const { BOOL, INT, STRING } = CelScalar;
const added = addedType<Network>("net.CIDR");
const { type, read } = added;
const print = ({ address, length }: Network) => `${printAddress(address)}/${length}`;
const make = (network: Network) => added.make(network, print(network));

/** k8s.io/apiserver/pkg/cel/library, cidr.go */
export const cidrFunctions: CelFunc[] = [
  celFunc("cidr", [STRING], type, (text) => make(networkOf(text))),
  celFunc("isCIDR", [STRING], BOOL, (text) => parseNetwork(text) !== undefined),
  celFunc("string", [type], STRING, (value) => print(read(value))),
  celMethod("containsIP", type, [STRING], BOOL, function (text) {
    return contains(read(this), addressOf(text));
  }),
  celMethod("containsIP", type, [ipType], BOOL, function (other) {
    return contains(read(this), readIp(other));
  }),
  celMethod("containsCIDR", type, [STRING], BOOL, function (text) {
    return containsNetwork(read(this), networkOf(text));
  }),
  celMethod("containsCIDR", type, [type], BOOL, function (other) {
    return containsNetwork(read(this), read(other));
  }),
  celMethod("ip", type, [], ipType, function () {
    return makeIp(read(this).address);
  }),
  celMethod("prefixLength", type, [], INT, function () {
    return BigInt(read(this).length);
  }),
  celMethod("masked", type, [], type, function () {
    const { address, length } = read(this);
    const rest = restOf({ address, length });
    return make({ address: { ...address, bits: (address.bits >> rest) << rest }, length });
  }),
];

/** @throws ValueError */
function networkOf(text: string): Network {
  const network = parseNetwork(text);
  if (network === undefined) throw new ValueError("the text is no network in CIDR notation");
  return network;
}

function parseNetwork(text: string): Network | undefined {
  const [, host = "", bits = ""] = /^(.*)\/(0|[1-9]\d{0,2})$/.exec(text) ?? [];
  const address = parseAddress(host);
  if (address === undefined || Number(bits) > widthOf(address.family)) return undefined;
  return { address, length: Number(bits) };
}

/** How many bits of an address are not the network's. */
const restOf = ({ address, length }: Network): bigint => BigInt(widthOf(address.family) - length);

const contains = (network: Network, { family, bits }: Address): boolean =>
  network.address.family === family && network.address.bits >> restOf(network) === bits >> restOf(network);

const containsNetwork = (network: Network, other: Network): boolean =>
  network.length <= other.length && contains(network, other.address);

import { secretbox } from "@noble/ciphers/salsa.js";
import { scrypt } from "node:crypto";
import { UserError } from "../fleet/user-error.ts";

interface Sealed {
  readonly kdf: {
    readonly name: string;
    readonly params: { readonly N: number; readonly r: number; readonly p: number };
    readonly salt: string;
  };
  readonly cipher: { readonly name: string; readonly nonce: string };
  readonly ciphertext: string;
}

/**
 * Opens what cosign has sealed with a password: scrypt for the key, NaCl's secretbox for the content.
 * @param text the JSON inside the PEM
 * @param file where it is from, for messages
 * @returns undefined if the password is another's
 * @throws UserError if it is damaged, or sealed in another way
 */
export async function openSealed(text: string, file: string, password: string): Promise<Buffer | undefined> {
  const refuse = (message: string) => new UserError({ where: file, message });
  let sealed: Sealed;
  let names: readonly string[];
  try {
    sealed = JSON.parse(text) as Sealed;
    names = [sealed.kdf.name, sealed.cipher.name];
  } catch {
    throw refuse(damaged);
  }
  if (!names.every((name) => typeof name === "string")) throw refuse(damaged);
  if (names.join(" ") !== "scrypt nacl/secretbox")
    throw refuse(`the key is sealed with ${names.join(" and ")}, not as cosign does`);
  let box: ReturnType<typeof secretbox>;
  let content: Buffer;
  try {
    const { kdf, cipher, ciphertext } = sealed;
    box = secretbox(await derived(password, kdf), Buffer.from(cipher.nonce, "base64"));
    content = Buffer.from(ciphertext, "base64");
  } catch {
    throw refuse(damaged);
  }
  try {
    return Buffer.from(box.open(content));
  } catch {
    // Its authenticator is another key's.
    return undefined;
  }
}

const damaged = "the sealed key is damaged";

function derived(password: string, { params: { N, r, p }, salt }: Sealed["kdf"]): Promise<Buffer> {
  return new Promise((resolve, reject) =>
    scrypt(password, Buffer.from(salt, "base64"), 32, { N, r, p, maxmem: 256 * N * r }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    ),
  );
}

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
  let sealed: Sealed;
  try {
    sealed = JSON.parse(text) as Sealed;
  } catch {
    throw new UserError({ where: file, message: "the sealed key is damaged" });
  }
  const { kdf, cipher } = sealed;
  const nonce = Buffer.from(cipher.nonce, "base64");
  if (kdf.name !== "scrypt" || cipher.name !== "nacl/secretbox")
    throw new UserError({
      where: file,
      message: `the key is sealed with ${kdf.name} and ${cipher.name}, not as cosign does`,
    });
  if (nonce.length !== 24) throw new UserError({ where: file, message: "the sealed key is damaged" });
  const { N, r, p } = kdf.params;
  const key = await new Promise<Buffer>((resolve, reject) =>
    scrypt(
      password,
      Buffer.from(kdf.salt, "base64"),
      32,
      { N, r, p, maxmem: 256 * N * r },
      (error, derived) => (error === null ? resolve(derived) : reject(error)),
    ),
  );
  const box = secretbox(key, nonce);
  try {
    return Buffer.from(box.open(Buffer.from(sealed.ciphertext, "base64")));
  } catch {
    // Its authenticator is another key's.
    return undefined;
  }
}

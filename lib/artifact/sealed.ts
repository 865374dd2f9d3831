import { scrypt } from "node:crypto";
import { UserError } from "../fleet/user-error.ts";
import { openSecretbox } from "./secretbox.ts";

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
  const { kdf, cipher, ciphertext } = sealed;
  if (kdf.name !== "scrypt" || cipher.name !== "nacl/secretbox")
    throw new UserError({
      where: file,
      message: `the key is sealed with ${kdf.name} and ${cipher.name}, not as cosign does`,
    });
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
  return openSecretbox(Buffer.from(ciphertext, "base64"), Buffer.from(cipher.nonce, "base64"), key);
}

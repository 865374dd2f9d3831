import { createPrivateKey, type KeyObject } from "node:crypto";
import { UserError } from "../fleet/user-error.ts";
import { openSealed } from "./sealed.ts";

/**
 * Reads a private key to sign with: one that `cosign generate-key-pair` made, with its password, or a plain PEM.
 * @param pem the file's text
 * @param file its name, for messages
 * @param password of a sealed key; cosign reads it from COSIGN_PASSWORD
 * @throws UserError if it is no such key, or the password is another's
 */
export async function readSigningKey(
  pem: string,
  file: string,
  password: string | undefined,
): Promise<KeyObject> {
  const sealed = /-----BEGIN ENCRYPTED (?:SIGSTORE|COSIGN) PRIVATE KEY-----([\s\S]+?)-----END/.exec(pem);
  let key: KeyObject;
  if (sealed === null)
    try {
      key = createPrivateKey({ key: pem, ...(password === undefined ? {} : { passphrase: password }) });
    } catch {
      throw new UserError({
        where: file,
        message: "is no private key that Sluice can sign with",
        remedy: "make one: cosign generate-key-pair, or openssl ecparam -name prime256v1 -genkey -noout",
      });
    }
  else {
    const der = await openSealed(Buffer.from(sealed[1]!, "base64").toString(), file, password ?? "");
    if (der === undefined)
      throw new UserError({
        where: file,
        message:
          password === undefined ? "the key is sealed with a password" : "the password opens another key",
        remedy: "give the password in the environment variable COSIGN_PASSWORD",
      });
    key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  }
  if (key.asymmetricKeyType !== "ec" && key.asymmetricKeyType !== "rsa")
    throw new UserError({
      where: file,
      message: `a key of the type ${key.asymmetricKeyType} signs no release`,
      remedy: "use ECDSA on the curve P-256, as cosign generate-key-pair does",
    });
  return key;
}

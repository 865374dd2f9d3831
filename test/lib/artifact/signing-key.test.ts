import { secretbox } from "@noble/ciphers/salsa.js";
import { createPublicKey, generateKeyPairSync, randomBytes, scryptSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { openSealed } from "../../../lib/artifact/sealed.ts";
import { readSigningKey } from "../../../lib/artifact/signing-key.ts";

const golden = JSON.parse(readFileSync(`${import.meta.dirname}/golden/cosign.json`, "utf8")) as {
  sealed: unknown;
};

describe("what cosign's library has sealed", () => {
  it("opens with its password, and with no other", async () => {
    const text = JSON.stringify(golden.sealed);
    expect((await openSealed(text, "cosign.key", "a password"))?.toString()).toBe("not a key");
    expect(await openSealed(text, "cosign.key", "another password")).toBeUndefined();
  });

  const sealed = golden.sealed as { kdf: object; cipher: { nonce: string } };
  it.each([
    ["null", null],
    ["nothing", {}],
    ["no names", { kdf: {}, cipher: {} }],
    ["no salt", { ...sealed, kdf: { ...sealed.kdf, salt: undefined } }],
    ["no parameters", { ...sealed, kdf: { ...sealed.kdf, params: undefined } }],
    ["no nonce", { ...sealed, cipher: { ...sealed.cipher, nonce: undefined } }],
    ["a nonce that is cut", { ...sealed, cipher: { ...sealed.cipher, nonce: sealed.cipher.nonce.slice(4) } }],
    ["no ciphertext", { ...sealed, ciphertext: undefined }],
  ])("is damaged with %s", (_, broken) =>
    expect(openSealed(JSON.stringify(broken), "cosign.key", "a password")).rejects.toThrow(
      "the sealed key is damaged",
    ),
  );
  it("is told of when it is sealed in another way", () =>
    expect(
      openSealed('{"kdf":{"name":"pbkdf2"},"cipher":{"name":"aes"}}', "cosign.key", "a password"),
    ).rejects.toThrow("sealed with pbkdf2 and aes, not as cosign does"));
});

describe("a key to sign with", () => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const spki = publicKey.export({ type: "spki", format: "pem" });

  it("may be a plain PEM", async () => {
    const pem = privateKey.export({ type: "sec1", format: "pem" }).toString();
    const key = await readSigningKey(pem, "key.pem", undefined);
    expect(createPublicKey(key).export({ type: "spki", format: "pem" })).toBe(spki);
  });

  it("may be sealed with a password, as cosign generate-key-pair seals it", async () => {
    const pem = sealed(privateKey.export({ type: "pkcs8", format: "der" }), "secret");
    const key = await readSigningKey(pem, "cosign.key", "secret");
    expect(createPublicKey(key).export({ type: "spki", format: "pem" })).toBe(spki);
    await expect(readSigningKey(pem, "cosign.key", undefined)).rejects.toThrow(
      /sealed with a password[\s\S]*COSIGN_PASSWORD/,
    );
    await expect(readSigningKey(pem, "cosign.key", "guess")).rejects.toThrow(
      "the password opens another key",
    );
  });

  it("is refused when it is of another kind, or no key", async () => {
    const other = generateKeyPairSync("ed25519")
      .privateKey.export({ type: "pkcs8", format: "pem" })
      .toString();
    await expect(readSigningKey(other, "key.pem", undefined)).rejects.toThrow("ed25519");
    await expect(readSigningKey("hello", "key.pem", undefined)).rejects.toThrow("no private key");
  });
});

function sealed(content: Buffer, password: string): string {
  const salt = randomBytes(32);
  const nonce = randomBytes(24);
  const params = { N: 1024, r: 8, p: 1 };
  const key = scryptSync(password, salt, 32, params);
  const json = JSON.stringify({
    kdf: { name: "scrypt", params, salt: salt.toString("base64") },
    cipher: { name: "nacl/secretbox", nonce: nonce.toString("base64") },
    ciphertext: Buffer.from(secretbox(key, nonce).seal(content)).toString("base64"),
  });
  const body = Buffer.from(json).toString("base64").replace(/.{64}/g, "$&\n");
  return `-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n${body}\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n`;
}

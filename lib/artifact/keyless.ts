import { createPublicKey } from "node:crypto";
import { X509Certificate } from "@sigstore/core";
import type { IdentityProvider } from "@sigstore/sign";
import { UserError } from "../fleet/user-error.ts";
import { type Bundle, encodedForSigning, type Signer, signs, statementType } from "./signature.ts";

/** Where an identity gets its certificate, and where its signatures are recorded. */
export interface KeylessSettings {
  /** URL of Fulcio. @default the public one */
  readonly fulcio?: string | undefined;
  /** URL of Rekor, with version 1 of its API. @default the public one */
  readonly rekor?: string | undefined;
  /** @default GitHub Actions' token, or else that in SIGSTORE_ID_TOKEN */
  readonly identity?: IdentityProvider;
  /** How often a request is tried again after a passing failure. @default 2 */
  readonly retries?: number;
}

/** The certificate's extension with the issuer of the token: https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md */
const issuerExtension = "1.3.6.1.4.1.57264.1.8";

/**
 * Signs as whom the CI's identity token is of: with a key that is made for the one signature, a certificate of it by
 * Fulcio, and an entry in Rekor that shows when it was made.
 * @throws UserError if there is no token, or one of the two is not reached or says no; it never has the token in it
 */
export async function keylessSigner(settings: KeylessSettings = {}): Promise<Signer> {
  const {
    CIContextProvider,
    DEFAULT_FULCIO_URL,
    DEFAULT_REKOR_URL,
    DSSEBundleBuilder,
    FulcioSigner,
    RekorWitness,
  } = await import("@sigstore/sign");
  const { fulcio = DEFAULT_FULCIO_URL, rekor = DEFAULT_REKOR_URL, retries = 2 } = settings;
  checkUrl("--fulcio-url", fulcio);
  checkUrl("--rekor-url", rekor);
  const provider = settings.identity ?? new CIContextProvider();
  const requests = { retry: retries, timeout: 20_000 };
  return {
    async sign(statement, present) {
      const token = await identityToken(provider);
      const identityProvider = { getToken: () => Promise.resolve(token) };
      const authority = new FulcioSigner({ fulcioBaseURL: fulcio, identityProvider, ...requests });
      const signature = await authority.sign(encodedForSigning(statement)).catch((error: unknown) => {
        throw refused(fulcio, "Fulcio gives no certificate", error, token);
      });
      if (signature.key.$case === "x509Certificate") {
        const identity = identityOf(X509Certificate.parse(signature.key.certificate));
        if (present.some((bundle) => isOf(bundle, identity, statement))) return undefined;
      }
      return new DSSEBundleBuilder({
        signer: { sign: () => Promise.resolve(signature) },
        witnesses: [new RekorWitness({ rekorBaseURL: rekor, ...requests })],
      })
        .create({ data: statement, type: statementType })
        .catch((error: unknown) => {
          throw refused(rekor, "Rekor does not record the signature", error, token);
        });
    },
  };
}

/** @throws UserError unless the token stays secret on its way */
function checkUrl(where: string, url: string): void {
  const { protocol, hostname } = URL.canParse(url) ? new URL(url) : { protocol: "", hostname: "" };
  if (protocol === "https:" || (protocol === "http:" && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname)))
    return;
  throw new UserError({ where, message: `'${url}' is no https:// URL` }, 2);
}

/** @throws UserError if there is none */
async function identityToken(provider: IdentityProvider): Promise<string> {
  // What the provider throws may tell of tokens.
  const token = await provider.getToken().catch(() => undefined);
  if (token === undefined || token === "")
    throw new UserError({
      where: "--keyless",
      message: "the CI gives no identity token",
      remedy:
        "GitHub Actions: give the job the permission id-token: write; elsewhere put a token for the audience sigstore into SIGSTORE_ID_TOKEN (GitLab: id_tokens)",
    });
  try {
    JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString());
  } catch {
    throw new UserError({ where: "--keyless", message: "the CI's identity token is no JSON Web Token" });
  }
  return token;
}

function refused(where: string, what: string, error: unknown, token: string): UserError {
  const causes: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause) causes.push(at.message);
  return new UserError({
    where,
    message: `${what}: ${(causes.at(-1) ?? String(error)).replaceAll(token, "[token]")}`,
    remedy: "nothing was pushed: do it again when it answers",
  });
}

interface SignerIdentity {
  readonly subject: string | undefined;
  readonly issuer: string | undefined;
}

function identityOf(certificate: X509Certificate): SignerIdentity {
  return {
    subject: certificate.subjectAltName,
    issuer: certificate.extension(issuerExtension)?.value.toString("latin1"),
  };
}

/** Whether a bundle is a signature of the statement that a certificate says to be an identity's. */
function isOf(bundle: Bundle, { subject, issuer }: SignerIdentity, statement: Buffer): boolean {
  const { content } = bundle.verificationMaterial;
  if (content.$case !== "certificate") return false;
  try {
    const certificate = X509Certificate.parse(Buffer.from(content.certificate.rawBytes));
    const identity = identityOf(certificate);
    const key = createPublicKey({ key: certificate.publicKey, format: "der", type: "spki" });
    return identity.subject === subject && identity.issuer === issuer && signs(bundle, statement, key);
  } catch {
    return false;
  }
}

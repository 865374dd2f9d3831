import { createHash, generateKeyPairSync, type KeyPairKeyObjectResult } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fulcioHandler, initializeCA, initializeCTLog, initializeTLog, rekorHandler } from "@sigstore/mock";

/** A Fulcio and a Rekor on loopback, which believe any identity token, and what one needs to verify what they say. */
export interface Sigstore {
  readonly fulcio: string;
  readonly rekor: string;
  /** The `trusted_root.json` of the two, as a verifier reads it. */
  readonly trustedRoot: Readonly<Record<string, unknown>>;
  /** `POST path` of every request, in order. */
  readonly requests: string[];
  /** What the next requests are answered with in the place of what was asked for. */
  readonly down: { fulcio?: number; rekor?: number };
  stop(): Promise<void>;
}

/** An identity token of whom nobody has to ask. */
export function identityToken(subject: string, issuer = "https://ci.example.com"): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "none" })}.${part({ sub: subject, iss: issuer, aud: "sigstore" })}.c2lnbmF0dXJl`;
}

/** What the log calls itself in its checkpoints. */
const logName = "https://rekor.example.com";

export async function startSigstore(): Promise<Sigstore> {
  const keys = (namedCurve: string): KeyPairKeyObjectResult => generateKeyPairSync("ec", { namedCurve });
  const ctLog = await initializeCTLog(keys("prime256v1"));
  const authority = await initializeCA(keys("secp384r1"), ctLog);
  const log = await initializeTLog(logName, keys("prime256v1"));
  const recorded = { ...log, log: (entry: object) => log.log(asRecorded(entry)) };
  const requests: string[] = [];
  const down: { fulcio?: number; rekor?: number } = {};
  const serve = async (name: "fulcio" | "rekor", { path, fn }: ReturnType<typeof fulcioHandler>) => {
    const server = createServer((request, response) => {
      void (async () => {
        requests.push(`${request.method} ${request.url}`);
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        const status = down[name];
        if (status !== undefined || request.url !== path) {
          response
            .writeHead(status ?? 404, { "content-type": "application/json" })
            .end(JSON.stringify({ message: `the request was ${Buffer.concat(chunks).toString()}` }));
          return;
        }
        const answer = await fn(Buffer.concat(chunks).toString());
        response
          .writeHead(answer.statusCode, { "content-type": answer.contentType ?? "text/plain" })
          .end(answer.response);
      })();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  };
  const fulcio = await serve("fulcio", fulcioHandler(authority));
  const rekor = await serve("rekor", rekorHandler(recorded));
  const validFor = { start: new Date(Date.now() - 60_000).toISOString() };
  const logOf = (baseUrl: string, publicKey: ArrayBufferView, logId: ArrayBufferView) => ({
    baseUrl,
    hashAlgorithm: "SHA2_256",
    publicKey: { rawBytes: base64(publicKey), keyDetails: "PKIX_ECDSA_P256_SHA_256", validFor },
    logId: { keyId: base64(logId) },
  });
  return {
    fulcio: fulcio.url,
    rekor: rekor.url,
    requests,
    down,
    trustedRoot: {
      mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
      tlogs: [logOf(logName, log.publicKey, createHash("sha256").update(log.publicKey).digest())],
      certificateAuthorities: [
        {
          subject: { organization: "sigstore.mock", commonName: "sigstore" },
          uri: fulcio.url,
          certChain: { certificates: [{ rawBytes: base64(authority.rootCertificate) }] },
          validFor,
        },
      ],
      ctlogs: [logOf("https://ctfe.example.com", ctLog.publicKey, ctLog.logID)],
      timestampAuthorities: [],
    },
    async stop() {
      for (const { server } of [fulcio, rekor]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

function base64({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("base64");
}

interface Envelope {
  readonly payload: string;
  readonly signatures: readonly { readonly sig: string }[];
}

/** What Rekor makes of a proposed entry; the mock records proposals as they are. */
function asRecorded(proposed: object): object {
  const { kind, apiVersion, spec } = proposed as {
    kind: string;
    apiVersion: string;
    spec: { proposedContent: { envelope: string; verifiers: string[] } };
  };
  if (kind !== "dsse") throw new Error(`an entry of the kind ${kind} is not what artifacts are recorded by`);
  const { envelope, verifiers } = spec.proposedContent;
  const { payload, signatures } = JSON.parse(envelope) as Envelope;
  const sha256 = (content: string | Buffer) => ({
    algorithm: "sha256",
    value: createHash("sha256").update(content).digest("hex"),
  });
  return {
    kind,
    apiVersion,
    spec: {
      envelopeHash: sha256(envelope),
      payloadHash: sha256(Buffer.from(payload, "base64")),
      signatures: signatures.map(({ sig }, index) => ({ signature: sig, verifier: verifiers[index] })),
    },
  };
}

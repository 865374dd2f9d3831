import { createHash, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** How the registry asks who is there. */
export type Guard = "nobody" | "basic" | "bearer";

/** A registry in memory that does what the OCI distribution specification asks of one, and counts. */
export interface MemoryRegistry {
  readonly host: string;
  readonly manifests: Map<string, Buffer>;
  readonly blobs: Map<string, Buffer>;
  /** `METHOD path` of every request, in order. */
  readonly requests: string[];
  /** How many of the next requests fail with a status. */
  fail: { times: number; status: number };
  /** How many further requests it answers before it is gone. */
  lasts: { requests: number };
  stop(): Promise<void>;
}

export const username = "pusher";
export const password = "pass:word";

/** @param referrers whether it lists by itself what refers to a manifest, which OCI 1.1 added */
export async function startMemoryRegistry(
  guard: Guard = "nobody",
  { referrers = false } = {},
): Promise<MemoryRegistry> {
  const token = randomBytes(8).toString("hex");
  const server = createServer((request, response) => {
    void answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const registry: MemoryRegistry = {
    host,
    manifests: new Map(),
    blobs: new Map(),
    requests: [],
    fail: { times: 0, status: 503 },
    lasts: { requests: Infinity },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
  const basic = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (registry.lasts.requests-- <= 0) {
      request.socket.destroy();
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const url = new URL(request.url ?? "/", `http://${host}`);
    registry.requests.push(`${request.method} ${url.pathname}`);
    if (registry.fail.times > 0) {
      registry.fail.times--;
      response.writeHead(registry.fail.status).end();
      return;
    }
    const { authorization } = request.headers;
    if (url.pathname === "/token") {
      const right = authorization === basic && url.searchParams.get("scope")?.endsWith(":pull,push");
      response.writeHead(right ? 200 : 401).end(JSON.stringify({ token }));
      return;
    }
    if (guard !== "nobody" && authorization !== (guard === "basic" ? basic : `Bearer ${token}`)) {
      const challenge =
        guard === "basic"
          ? 'Basic realm="x"'
          : `Bearer realm="http://${host}/token",service="memory",scope="s"`;
      response.writeHead(401, { "www-authenticate": challenge }).end();
      return;
    }
    const [, kind, rest = ""] = /^\/v2\/.+\/(manifests|blobs|referrers)\/(.*)$/.exec(url.pathname) ?? [];
    serve(request.method!, `${kind}`, rest, url, body, response);
  }

  function serve(
    method: string,
    kind: string,
    rest: string,
    url: URL,
    body: Buffer,
    response: ServerResponse,
  ): void {
    const digest = (content: Buffer) => `sha256:${createHash("sha256").update(content).digest("hex")}`;
    if (method === "POST") response.writeHead(202, { location: `${url.pathname}1?state=x` }).end();
    else if (method === "PUT" && kind === "blobs") {
      const claimed = url.searchParams.get("digest")!;
      if (digest(body) !== claimed || url.searchParams.get("state") !== "x") response.writeHead(400).end();
      else {
        registry.blobs.set(claimed, body);
        response.writeHead(201).end();
      }
    } else if (method === "PUT") {
      const { config, layers, manifests, subject } = parse(body);
      const missing =
        manifests === undefined
          ? [config, ...layers].some((blob) => !registry.blobs.has(blob.digest))
          : manifests.some((each) => !registry.manifests.has(each.digest));
      const wrong = rest.startsWith("sha256:") && rest !== digest(body);
      if (!missing && !wrong) registry.manifests.set(rest, body);
      response
        .writeHead(missing || wrong ? 400 : 201, {
          ...(referrers && subject !== undefined ? { "oci-subject": subject.digest } : {}),
        })
        .end(JSON.stringify({ errors: [{ code: "MANIFEST_BLOB_UNKNOWN" }] }));
    } else if (kind === "referrers" && referrers) {
      const found = [...registry.manifests.values()].filter((each) => parse(each).subject?.digest === rest);
      const manifests = found.map((each) => ({ digest: digest(each), size: each.length }));
      response
        .writeHead(200, { "content-type": "application/vnd.oci.image.index.v1+json" })
        .end(JSON.stringify({ schemaVersion: 2, manifests }));
    } else if (kind === "referrers") {
      response.writeHead(404).end("404 page not found");
    } else {
      const found = (kind === "blobs" ? registry.blobs : registry.manifests).get(rest);
      response.writeHead(found === undefined ? 404 : 200).end(method === "HEAD" ? undefined : found);
    }
  }
  return registry;
}

interface Manifest {
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string }[];
  readonly manifests?: readonly { readonly digest: string }[];
  readonly subject?: { readonly digest: string };
}
const parse = (content: Buffer) => JSON.parse(content.toString()) as Manifest;

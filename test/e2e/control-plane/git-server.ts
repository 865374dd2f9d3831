import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { basic } from "../../../lib/artifact/authorisation.ts";

/** A git server on loopback. */
export interface GitServer {
  /** `http://127.0.0.1:PORT/`, to which a repository's name is added. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** Makes an empty repository. @returns its folder, which is bare */
  create(name: string): Promise<string>;
  /** Stops to answer, as a server does that is down, or begins again. */
  available(available: boolean): void;
  stop(): Promise<void>;
}

/** Serves git repositories over HTTP with `git http-backend`, to who gives the user and the password. */
export async function startGitServer(): Promise<GitServer> {
  const root = mkdtempSync(join(tmpdir(), "sluice-git-"));
  const username = "git";
  const password = randomBytes(12).toString("hex");
  const expected = basic({ username, password });
  let up = true;
  const server = createServer((request, response) => {
    if (!up) response.writeHead(503).end();
    else if (request.headers.authorization !== expected)
      response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end();
    else serve(root, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  const { port } = server.address() as AddressInfo;
  const removeRoot = () => rmSync(root, { recursive: true, force: true });
  process.once("exit", removeRoot);
  return {
    url: `http://127.0.0.1:${port}/`,
    username,
    password,
    async create(name) {
      const folder = join(root, name);
      await new Promise<void>((resolve, reject) =>
        execFile("git", ["init", "--quiet", "--bare", "--initial-branch=main", folder], (error) =>
          error === null ? resolve() : reject(new Error(error.message)),
        ),
      );
      return folder;
    },
    available(available) {
      up = available;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      process.off("exit", removeRoot);
      removeRoot();
    },
  };
}

/** One request as a CGI program wants it: RFC 3875, https://git-scm.com/docs/git-http-backend */
function serve(root: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? "/", "http://localhost");
  const child = spawn("git", ["http-backend"], {
    env: {
      PATH: process.env["PATH"],
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      REQUEST_METHOD: request.method,
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers["content-type"],
      CONTENT_LENGTH: request.headers["content-length"],
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"],
      GIT_PROTOCOL: request.headers["git-protocol"] as string | undefined,
      REMOTE_USER: "git",
    },
    stdio: ["pipe", "pipe", "ignore"],
  });
  child.stdin.on("error", () => undefined);
  request.pipe(child.stdin);
  response.on("close", () => child.kill());
  let head = Buffer.alloc(0);
  const readHead = (chunk: Buffer) => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) return;
    child.stdout.off("data", readHead);
    let status = 200;
    for (const line of head.subarray(0, end).toString("latin1").split("\r\n")) {
      const colon = line.indexOf(":");
      const [name, value] = [line.slice(0, colon), line.slice(colon + 1).trim()];
      if (name.toLowerCase() === "status") status = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    }
    response.writeHead(status);
    response.write(head.subarray(end + 4));
    child.stdout.pipe(response);
  };
  child.stdout.on("data", readHead);
  child.on("error", () => response.writeHead(500).end());
  child.on("close", () => response.end());
}

import { randomBytes } from "node:crypto";
import { accessSync, constants, mkdtempSync, writeFileSync } from "node:fs";
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { basic } from "../../../lib/artifact/authorisation.ts";
import { until } from "./kubernetes.ts";
import { Processes } from "./processes.ts";
import { Unavailable } from "./unavailable.ts";

/** An OCI registry on loopback, which speaks plain HTTP. */
export interface OciRegistry {
  /** `127.0.0.1:PORT`: open to everybody. */
  readonly host: string;
  /** Another port of the same registry, open to who gives the user and the password. */
  readonly guarded: { readonly host: string; readonly username: string; readonly password: string };
  stop(): Promise<void>;
}

/** The path of Debian's docker-registry, or undefined where it is not installed. */
export function findRegistry(): string | undefined {
  return (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, "docker-registry"))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/**
 * Starts an empty registry: Debian's docker-registry.
 * @throws Unavailable if it is not installed
 */
export async function startRegistry(): Promise<OciRegistry> {
  const command = findRegistry();
  if (command === undefined)
    throw new Unavailable({
      message: "docker-registry is not installed: charts and artifacts are served by it",
      remedy: "apt-get install docker-registry",
    });
  const folder = mkdtempSync(join(tmpdir(), "sluice-registry-"));
  const processes = new Processes(folder);
  try {
    const port = await processes.ports(1);
    const config = {
      version: "0.1",
      log: { level: "error", accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: join(folder, "storage") }, delete: { enabled: true } },
      http: { addr: `127.0.0.1:${port}`, relativeurls: true },
    };
    writeFileSync(join(folder, "config.yml"), JSON.stringify(config));
    await processes.start({ name: "registry", command, args: ["serve", join(folder, "config.yml")] });
    const host = `127.0.0.1:${port}`;
    await until(
      () =>
        fetch(`http://${host}/v2/`).then(
          ({ ok }) => ok,
          () => false,
        ),
      15,
      () => processes.ended("registry"),
      "the registry",
    );
    const guard = await startGuard(port);
    return {
      host,
      guarded: guard,
      async stop() {
        await Promise.all([processes.stop(), guard.stop()]);
      },
    };
  } catch (error) {
    await processes.stop();
    throw error;
  }
}

/** Asks for a user and a password in front of the registry. */
async function startGuard(port: number) {
  const username = "fleet";
  const password = randomBytes(12).toString("hex");
  const expected = basic({ username, password });
  const server = createServer((request, response) => {
    if (request.headers.authorization !== expected) {
      request.resume();
      response.writeHead(401, { "www-authenticate": 'Basic realm="registry"' }).end();
      return;
    }
    const { authorization: _, ...headers } = request.headers;
    const onward = httpRequest(
      { host: "127.0.0.1", port, path: request.url, method: request.method, headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on("error", () => response.writeHead(502).end());
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    username,
    password,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

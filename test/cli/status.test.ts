import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestFleet, testFleet } from "../support/fleet.ts";

/** What answers in a cluster's place: a path's answer, its text and its HTTP status. */
type Answer = (path: string) => { status?: number; body: unknown };

const servers: ReturnType<typeof createServer>[] = [];
afterAll(() => {
  for (const server of servers) server.close();
});

async function serve(answer: Answer): Promise<string> {
  const server = createServer(({ url = "/" }, response) => {
    const { status = 200, body } = answer(new URL(url, "http://localhost").pathname);
    response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const flux = (name: string, spec: object, status: object) => ({
  metadata: { name, namespace: "flux-system", generation: 1 },
  spec,
  status: { observedGeneration: 1, conditions: [{ type: "Ready", status: "True" }], ...status },
});
const revision = `main@sha1:${"12".repeat(20)}`;
const ready: Answer = (path) => ({
  body: {
    items: path.endsWith("/kustomizations")
      ? ["flux-system", "platform"].map((name) => flux(name, {}, { lastAppliedRevision: revision }))
      : path.endsWith("/gitrepositories")
        ? [flux("platform", { ref: { branch: "main" } }, {})]
        : [],
  },
});

const contexts: Record<string, { server: string; exec?: object; cluster?: string }> = {};

describe("sluice status", () => {
  let fleet: TestFleet;
  const file = () => join(fleet.root, ".git/kubeconfig");
  const status = (...args: string[]) => fleet.sluice("status", "--kubeconfig", file(), ...args);

  beforeAll(async () => {
    fleet = await testFleet();
    const made = await fleet.sluice(
      ...["sandbox", "create", "lab", "--from", "development", "--branch", "lab"],
      ...["--owner", "alice@example.com", "--expires", "2w", "--json"],
    );
    expect(made.code, made.stderr).toBe(0);
    contexts["kind-development"] = { server: await serve(ready) };
    contexts["kind-lab"] = { server: await serve(() => ({ status: 401, body: { message: "no" } })) };
    write();
  });

  function write(): void {
    const named = Object.entries(contexts);
    fleet.write({
      ".git/kubeconfig": JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: named.map(([name, { server, cluster = name }]) => ({
          name: cluster,
          cluster: { server, "insecure-skip-tls-verify": true },
        })),
        contexts: named.map(([name, { cluster = name }]) => ({ name, context: { cluster, user: name } })),
        users: named.map(([name, { exec }]) => ({
          name,
          user: exec === undefined ? { token: "t" } : { exec },
        })),
      }),
    });
  }

  it("has a row for each cluster, whether or not it can be reached", async () => {
    const { code, stdout, stderr } = await status();
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.trimEnd().split("\n")).toEqual([
      "CLUSTER      TYPE         TRACKS       RUNS          STATE        OWNER                            REASON",
      "development  development  branch main  main@1212121  ready",
      expect.stringMatching(
        /^lab +sandbox +branch lab +unreachable  alice@example.com, 13 days left +the credentials are not accepted$/,
      ),
      "production   production   tag 1.0.0                  unreachable                                   no context of the kubeconfig leads to it (eks)",
    ]);
  });

  it("gives machines the same as JSON, and no more than the clusters that are asked for", async () => {
    const { code, stdout } = await status("--json", "development", "lab");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      clusters: [
        {
          cluster: "development",
          type: "development",
          context: "kind-development",
          tracks: [{ bundle: "platform", track: "branch main", revision }],
          revision,
          state: "ready",
        },
        {
          cluster: "lab",
          type: "sandbox",
          context: "kind-lab",
          tracks: [{ bundle: "platform", track: "branch lab" }],
          state: "unreachable",
          reason: "the credentials are not accepted",
          sandbox: {
            owner: "alice@example.com",
            expires: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
            expired: false,
          },
        },
      ],
    });
  });

  it.each<[string, () => Promise<(typeof contexts)[string]>, string]>([
    ["nobody listens", () => Promise.resolve({ server: "http://127.0.0.1:1" }), "nobody listens there"],
    [
      "something else answers",
      async () => ({ server: await serve(() => ({ body: "<html>a proxy</html>" })) }),
      "does not answer as a Kubernetes API",
    ],
    [
      "the credentials allow nothing",
      async () => ({ server: await serve(() => ({ status: 403, body: { message: "no" } })) }),
      "the credentials do not allow to look",
    ],
    [
      "the credentials' plugin is missing",
      async () => ({
        server: await serve(ready),
        exec: { apiVersion: "client.authentication.k8s.io/v1", command: "no-such-plugin", args: [] },
      }),
      "kubeconfig: 'no-such-plugin', which gives the credentials, cannot be run",
    ],
    [
      "there is no Flux",
      async () => ({ server: await serve(() => ({ status: 404, body: {} })) }),
      "Flux applies nothing there",
    ],
  ])("where %s it is a row that says so, beside the others'", async (_, cluster, reason) => {
    contexts["production"] = await cluster();
    write();
    const { code, stdout, stderr } = await status("--json");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { clusters } = JSON.parse(stdout) as {
      clusters: { cluster: string; state: string; reason: string }[];
    };
    const states = Object.fromEntries(clusters.map(({ cluster, state }) => [cluster, state]));
    expect(states["development"]).toBe("ready");
    const production = clusters.find((row) => row.cluster === "production")!;
    expect(production.state).toBe(reason.includes("Flux") ? "no Flux" : "unreachable");
    expect(production.reason).toContain(reason);
  });

  it("knows a cluster that does not exist, and a kubeconfig that cannot be read", async () => {
    const unknown = await status("developmnt");
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain("there is no cluster 'developmnt'; did you mean 'development'?");
    fleet.write({ ".git/broken": "token: secret\n  : : [" });
    const broken = await fleet.sluice("status", "--kubeconfig", join(fleet.root, ".git/broken"));
    expect(broken.code).toBe(1);
    expect(broken.stderr).toContain("cannot be read");
    expect(broken.stderr).not.toContain("secret");
  });
});

import { createServer, type Server } from "node:http";
import { mkdtempSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eks, existing, kind, kwok, type Provider } from "../../../lib/fleet/providers.ts";
import { contextKubeconfig, kubeconfigFiles } from "../../../lib/stack/kubeconfig.ts";
import type { Machine } from "../../../lib/stack/machine.ts";
import { preflight } from "../../../lib/stack/preflight.ts";
import { temporaryFolder } from "../../support/fleet.ts";
import { versionsOf } from "../../stacks/mocked-stack.ts";

interface Pretended {
  readonly tools?: readonly string[];
  readonly answers?: Readonly<Record<string, { code?: number; stdout?: string; stderr?: string }>>;
  readonly reachable?: boolean;
  readonly env?: Record<string, string>;
}
const machine = ({
  tools = ["pulumi", "docker", "kind", "kwokctl", "aws"],
  answers = {},
  reachable = false,
  env = {},
}: Pretended): Machine => ({
  env,
  home: "/home/ann",
  has: (command) => tools.includes(command),
  run: (command, args) => {
    const key = Object.keys(answers).find((begin) => [command, ...args].join(" ").startsWith(begin));
    return Promise.resolve({ code: 0, stdout: "", stderr: "", ...(key === undefined ? {} : answers[key]) });
  },
  reaches: () => Promise.resolve(reachable),
  read: () => undefined,
});
const check = async (
  provider: Provider,
  pretended: Pretended = {},
  insideNetwork = false,
  kubernetes = "1.35",
) =>
  preflight({
    cluster: { name: "a", provider, versions: versionsOf(kubernetes) },
    machine: machine(pretended),
    insideNetwork,
  });
const messages = async (...args: Parameters<typeof check>) =>
  (await check(...args)).map(({ message }) => message);

describe("preflight", () => {
  it("finds nothing where everything is there", async () => {
    expect(await check(kind(), { answers: { "kind version": { stdout: "kind v0.33.0 go1.26" } } })).toEqual(
      [],
    );
    expect(await check(kwok())).toEqual([]);
    expect(await check(eks({ region: "r", publicAccess: ["203.0.113.0/24"] }))).toEqual([]);
  });

  it("tells all that is missing at once, each with where to get it", async () => {
    const problems = await check(kind(), { tools: [] }, false, "1.12");
    expect(problems.map(({ message }) => message)).toEqual([
      "pulumi is missing",
      expect.stringContaining("no node image for Kubernetes 1.12"),
      "docker is missing",
      "kind is missing",
    ]);
    for (const { remedy } of problems) expect(remedy).toMatch(/https:\/\/|set kubernetes to/);
    expect(await messages(kwok(), { tools: ["pulumi", "docker"] })).toEqual(["kwokctl is missing"]);
    expect((await messages(eks({ region: "r" }), { tools: ["pulumi"] }))[0]).toContain("aws is missing");
  });

  it("knows a Docker that is not running, and a kind that is older than its images", async () => {
    expect(await messages(kind(), { answers: { "docker version": { code: 1 } } })).toEqual([
      "docker does not answer",
    ]);
    expect(
      await messages(kind(), { answers: { "kind version": { stdout: "kind v0.20.0 go1.20" } } }),
    ).toEqual(["kind is 0.20.0, and the node images are those of 0.33.0"]);
  });

  it("knows AWS credentials that are missing or over", async () => {
    const refused = (stderr: string) =>
      messages(eks({ region: "r", publicAccess: ["1.2.3.4/32"] }), {
        answers: { "aws sts": { code: 255, stderr } },
      });
    expect(await refused("Unable to locate credentials")).toEqual([
      "there are no AWS credentials that AWS accepts",
    ]);
    expect(await refused("ExpiredToken")).toEqual(["the AWS credentials have expired"]);
  });

  it("asks who may reach a private endpoint, unless it can be reached or somebody vouches for it", async () => {
    const none = { "aws eks describe-cluster": { code: 254 } };
    const there = { "aws eks describe-cluster": { stdout: "https://abc.eks.amazonaws.com\n" } };
    const asked = await check(eks({ region: "r" }), { answers: none });
    expect(asked[0]?.message).toContain("its API endpoint is private");
    expect(asked[0]?.remedy).toContain("publicAccess");
    expect(await check(eks({ region: "r" }), { answers: none }, true)).toEqual([]);
    expect(await check(eks({ region: "r" }), { answers: there, reachable: true })).toEqual([]);
    // What was vouched for turns out otherwise.
    expect(await messages(eks({ region: "r" }), { answers: there, reachable: false }, true)).toHaveLength(1);
  });
});

describe("an existing cluster", () => {
  let server: Server;
  let status = 200;
  let url: string;
  const folder = temporaryFolder();
  beforeAll(async () => {
    server = createServer((_, response) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(
        JSON.stringify(
          status === 200
            ? { apiVersion: "v1", kind: "Namespace", metadata: { name: "kube-system" } }
            : { kind: "Status", code: status },
        ),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());
  /** Where nobody listens any more. */
  const closed = async () => {
    const gone = createServer();
    await new Promise<void>((resolve) => gone.listen(0, "127.0.0.1", resolve));
    const { port } = gone.address() as AddressInfo;
    await new Promise((resolve) => gone.close(resolve));
    return `http://127.0.0.1:${port}`;
  };
  const file = (server: string) => {
    const path = join(mkdtempSync(join(folder, "k")), "config");
    writeFileSync(
      path,
      `apiVersion: v1\nkind: Config\ncontexts:\n- name: mine\n  context: { cluster: c, user: u }\nclusters:\n- name: c\n  cluster: { server: "${server}", insecure-skip-tls-verify: true }\nusers:\n- name: u\n  user: { token: t0p-secret }\n`,
    );
    return path;
  };
  const at = async (answer: number, server = url) => {
    status = answer;
    return (await check(existing({ context: "mine", kubeconfig: file(server) })))[0];
  };

  it("is asked whether it lets us in", async () => {
    expect(await at(200)).toBeUndefined();
    expect(await at(401)).toMatchObject({
      where: "context mine",
      message: expect.stringContaining("does not accept the credentials") as string,
      remedy: expect.stringContaining("log in again") as string,
    });
    expect((await at(403))?.message).toContain("too few rights");
    expect((await at(200, await closed()))?.message).toContain("cannot be reached: nobody listens there");
  });

  it("that the kubeconfig does not have is told with those that it has", async () => {
    const [problem] = await check(existing({ context: "mien", kubeconfig: file(url) }));
    expect(problem?.message).toBe("there is no context 'mien'; did you mean 'mine'?");
    expect(problem?.remedy).toBe("it has mine");
    expect((await check(existing({ context: "a", kubeconfig: "/nowhere/config" })))[0]?.message).toBe(
      "there is no kubeconfig",
    );
  });
});

describe("a context's kubeconfig", () => {
  it("holds what its files held, and nothing of the other contexts", () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "ca.crt"), "CERT");
    writeFileSync(join(folder, "token"), "tok\n");
    const config = join(folder, "config");
    writeFileSync(
      config,
      `contexts:\n- { name: a, context: { cluster: c, user: u, namespace: n } }\n- { name: b, context: { cluster: other, user: other } }\nclusters:\n- { name: c, cluster: { server: "https://s", certificate-authority: ca.crt } }\n- { name: other, cluster: { server: "https://o" } }\nusers:\n- { name: u, user: { tokenFile: token } }\n- { name: other, user: { token: others-secret } }\n`,
    );
    const text = contextKubeconfig("a", [config]);
    expect(JSON.parse(text)).toEqual({
      apiVersion: "v1",
      kind: "Config",
      "current-context": "a",
      contexts: [{ name: "a", context: { cluster: "c", user: "u", namespace: "n" } }],
      clusters: [
        {
          name: "c",
          cluster: {
            server: "https://s",
            "certificate-authority-data": Buffer.from("CERT").toString("base64"),
          },
        },
      ],
      users: [{ name: "u", user: { token: "tok" } }],
    });
    expect(text).not.toContain("others-secret");
  });

  it("is looked for in all files of KUBECONFIG, and an error shows no line of them", () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "one"), "contexts: []\n");
    writeFileSync(
      join(folder, "two"),
      "contexts:\n- { name: a, context: { cluster: c, user: u } }\nclusters:\n- { name: c, cluster: { server: s } }\nusers:\n- { name: u, user: {} }\n",
    );
    const files = kubeconfigFiles(undefined, { KUBECONFIG: `${folder}/one:${folder}/two` });
    expect(JSON.parse(contextKubeconfig("a", files))).toMatchObject({ "current-context": "a" });
    writeFileSync(join(folder, "one"), "token: [hush-hush\n");
    expect(() => contextKubeconfig("a", files)).toThrow(/is no YAML/);
    expect(() => contextKubeconfig("a", files)).not.toThrow(/hush/);
  });
});

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { chmodSync, writeFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import type { ChangeRequest, ChangeService } from "../../../lib/gate/change-request.ts";
import { commandService } from "../../../lib/gate/command-service.ts";
import { awaitDecision, type Decision } from "../../../lib/gate/decision.ts";
import { githubService } from "../../../lib/gate/github-service.ts";
import { httpService } from "../../../lib/gate/http-service.ts";
import { temporaryFolder } from "../../support/fleet.ts";

const commit = "c".repeat(40);
const request: ChangeRequest = {
  commit,
  base: "b".repeat(40),
  repository: "https://git.example.com/fleet.git",
  subject: "Raise podinfo",
  author: "Ann <ann@example.com>",
  clusters: ["production"],
  summary: "**1 of 2 clusters change**",
};
const token = "s3cret-t0ken";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

/** A real server on a port of its own. @param answer what it does with each request, counted from 0 */
async function serve(
  answer: (seen: Seen, response: ServerResponse, count: number) => void,
): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer((message: IncomingMessage, response) => {
    const chunks: Buffer[] = [];
    message.on("data", (chunk: Buffer) => chunks.push(chunk));
    message.on("end", () => {
      const text = Buffer.concat(chunks).toString();
      const one: Seen = {
        method: message.method!,
        url: message.url!,
        authorization: message.headers.authorization,
        body: text === "" ? undefined : (JSON.parse(text) as unknown),
      };
      seen.push(one);
      answer(one, response, seen.length - 1);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

const send = (
  response: ServerResponse,
  status: number,
  data: unknown,
  headers: Record<string, string> = {},
) => {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(typeof data === "string" ? data : JSON.stringify(data));
};

/** Fast, as far as waiting goes: what is tried again is tried after 20 ms. */
const decide = (service: ChangeService, timeout = 3): Promise<Decision> =>
  awaitDecision(service, request, { timeout, interval: 0.02 });
const message = (decision: Decision): string =>
  decision.state === "unreachable" ? `${decision.error.message} ${decision.error.remedy ?? ""}` : "";

describe("change requests over HTTP", () => {
  /** The protocol, as its page has it: one request for each commit. */
  function changeBoard(states: readonly object[]) {
    const requests = new Map<string, { asked: number }>();
    return serve(({ method, url, authorization, body }, response) => {
      if (authorization !== `Bearer ${token}`) {
        send(response, 401, { message: `who is ${authorization}?` });
        return;
      }
      const key = url.replace("/change-requests/", "");
      let known = requests.get(key);
      if (method === "PUT" && known === undefined) {
        expect(body).toEqual(request);
        known = { asked: 0 };
        requests.set(key, known);
      }
      if (known === undefined) send(response, 404, {});
      else
        send(response, 200, {
          commit: key,
          id: "CHG1",
          ...states[Math.min(known.asked++, states.length - 1)],
        });
    });
  }
  const pending = { state: "pending" };

  it("open one for the commit, ask until it is decided, and find it again", async () => {
    const board = await changeBoard([pending, pending, { state: "approved", by: "board" }]);
    const service = httpService({ kind: "http", url: `${board.url}/` }, token);
    expect(await decide(service)).toEqual({
      state: "approved",
      answer: { id: "CHG1", state: "approved", by: "board" },
    });
    expect(board.seen.map(({ method }) => method)).toEqual(["GET", "PUT", "GET", "GET"]);
    expect(await decide(service, 0)).toMatchObject({ state: "approved" });
    expect(board.seen.filter(({ method }) => method === "PUT")).toHaveLength(1);
  });

  it("may be rejected", async () => {
    const board = await changeBoard([
      { state: "rejected", by: "ann", reason: "not\n::set-env::\u001b[31m today" },
    ]);
    expect(await decide(httpService({ kind: "http", url: board.url }, token))).toEqual({
      state: "rejected",
      answer: { id: "CHG1", state: "rejected", by: "ann", reason: "not ::set-env:: [31m today" },
    });
  });

  it("that nobody decides are pending when the time is over", async () => {
    const board = await changeBoard([pending]);
    const began = Date.now();
    expect(await decide(httpService({ kind: "http", url: board.url }, token), 0.3)).toMatchObject({
      state: "pending",
    });
    expect(Date.now() - began).toBeLessThan(3000);
    expect(board.seen.length).toBeGreaterThan(3);
  });

  it("survive failures that pass, as 500 and 429 do", async () => {
    const flaky = await serve((_, response, count) => {
      if (count < 2) send(response, 500, "<html>oops</html>");
      else if (count === 2) send(response, 429, { message: "slow down" });
      else send(response, 200, { commit, state: "approved", by: "board" });
    });
    expect(await decide(httpService({ kind: "http", url: flaky.url }, token))).toMatchObject({
      state: "approved",
    });
    expect(flaky.seen).toHaveLength(4);
  });

  it("stay closed when failures do not pass", async () => {
    const broken = await serve((_, response) => {
      send(response, 503, { message: "down" });
    });
    const decision = await decide(httpService({ kind: "http", url: broken.url }, token));
    expect(message(decision)).toContain('was answered 503: {"message":"down"}');
    expect(broken.seen).toHaveLength(5);
  });

  it("stay closed when the service is down, or answers nothing, or breaks off", async () => {
    const down = await serve(() => undefined);
    servers[0]!.close();
    expect(message(await decide(httpService({ kind: "http", url: down.url }, token)))).toContain(
      "cannot be reached: ECONNREFUSED",
    );
    const silent = await serve(() => undefined);
    expect(await decide(httpService({ kind: "http", url: silent.url }, token), 0.3)).toMatchObject({
      state: "unreachable",
    });
    const cut = await serve((_, response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write('{"state":"approved"');
      setTimeout(() => response.destroy(), 10);
    });
    expect(await decide(httpService({ kind: "http", url: cut.url }, token))).toMatchObject({
      state: "unreachable",
    });
  });

  it.each([
    ["no JSON", "<html>Approved!</html>", "it is no JSON"],
    ["a list", [], "it is no JSON object"],
    ["another commit", { commit: "d".repeat(40), state: "approved", by: "x" }, "it is about commit dddd"],
    ["no commit", { state: "approved", by: "x" }, "it is about commit ?"],
    ["an unknown state", { commit, state: "APPROVED", by: "x" }, 'not "APPROVED"'],
    ["true for a state", { commit, state: true, by: "x" }, "not true"],
    ["an approval by nobody", { commit, state: "approved" }, "does not say by whom"],
    ["a link that is none", { commit, state: "pending", url: "javascript:alert(1)" }, "is no web address"],
    ["a name that is no text", { commit, state: "pending", id: 5 }, "id is no text"],
  ])("stay closed on a malformed answer: %s", async (_, data, wanted) => {
    const odd = await serve((__, response) => {
      send(response, 200, data);
    });
    expect(message(await decide(httpService({ kind: "http", url: odd.url }, token)))).toContain(wanted);
    expect(odd.seen).toHaveLength(1); // it is not worth asking again
  });

  it("stay closed on a flood", async () => {
    const flood = await serve((_, response) => {
      response.writeHead(200);
      const chunk = Buffer.alloc(1 << 20, 32);
      const more = () => {
        while (response.write(chunk));
        response.once("drain", more);
      };
      response.on("error", () => undefined);
      more();
    });
    expect(message(await decide(httpService({ kind: "http", url: flood.url }, token)))).toContain(
      "has over 4 MiB",
    );
  });

  it("follow no redirect, which could carry the token elsewhere or go round for ever", async () => {
    const elsewhere = await serve((_, response) => {
      send(response, 200, { commit, state: "approved", by: "mallory" });
    });
    const redirecting = await serve((_, response) => {
      send(response, 302, "", { location: `${elsewhere.url}/${token}` });
    });
    const decision = await decide(httpService({ kind: "http", url: redirecting.url }, token));
    expect(message(decision)).toContain(`a redirect to ${elsewhere.url}/***`);
    expect(elsewhere.seen).toHaveLength(0);
    const loop = await serve((_, response) => {
      send(response, 301, "", { location: "/change-requests/again" });
    });
    expect(await decide(httpService({ kind: "http", url: loop.url }, token))).toMatchObject({
      state: "unreachable",
    });
    expect(loop.seen).toHaveLength(1);
  });

  it("name a wrong or missing token by its variable, and never show it", async () => {
    const board = await changeBoard([pending]);
    const wrong = message(await decide(httpService({ kind: "http", url: board.url }, "wr0ng-token")));
    expect(wrong).toContain("was answered 401");
    expect(wrong).toContain("SLUICE_CHANGE_TOKEN");
    expect(wrong).not.toContain("wr0ng");
    const none = message(await decide(httpService({ kind: "http", url: board.url }, undefined)));
    expect(none).toContain("set the environment's SLUICE_CHANGE_TOKEN");
    const echo = await serve(({ authorization }, response) => {
      send(response, 400, `bad ${authorization}`);
    });
    const echoed = message(await decide(httpService({ kind: "http", url: echo.url }, token)));
    expect(echoed).toContain("400: bad Bearer ***");
  });
});

describe("change requests in GitHub", () => {
  interface Status {
    context: string;
    state: string;
    description?: string;
    target_url?: string | null;
    creator: { login: string } | null;
  }
  /** The part of GitHub's API that is used, newest status first, in pages. */
  const github = (statuses: Status[]) =>
    serve(({ method, url, authorization, body }, response) => {
      if (authorization !== `Bearer ${token}`) {
        send(response, 401, { message: "Bad credentials" });
        return;
      }
      const { pathname, searchParams } = new URL(url, "http://localhost");
      if (method === "POST" && pathname === `/repos/platform/fleet/statuses/${commit}`) {
        statuses.unshift({ ...(body as Status), creator: { login: "github-actions[bot]" } });
        send(response, 201, statuses[0]);
      } else if (method === "GET" && pathname === `/repos/platform/fleet/commits/${commit}/statuses`) {
        const size = Number(searchParams.get("per_page"));
        const page = Number(searchParams.get("page"));
        send(response, 200, statuses.slice((page - 1) * size, page * size));
      } else send(response, 404, { message: "Not Found" });
    });
  const service = (url: string, given: string | undefined = token) =>
    githubService(
      { kind: "github", repository: "platform/fleet", approvers: ["Board[bot]"], api: url },
      given,
      {},
    );
  const by = (login: string, state: string, description = ""): Status => ({
    context: "sluice/change-request",
    state,
    description,
    target_url: "https://changes.example.com/1",
    creator: { login },
  });

  it("are a pending status, until an approver sets another", async () => {
    const statuses: Status[] = [];
    const { url, seen } = await github(statuses);
    expect(await decide(service(url), 0)).toMatchObject({
      state: "pending",
      answer: { reason: "waits for a status of Board[bot]" },
    });
    expect(statuses).toMatchObject([
      { state: "pending", description: "Reaches production: waits for an approval" },
    ]);
    expect(await decide(service(url), 0)).toMatchObject({ state: "pending" });
    expect(statuses).toHaveLength(1);
    statuses.unshift(by("board[bot]", "success", "CHG7"));
    expect(await decide(service(url), 0)).toEqual({
      state: "approved",
      answer: { state: "approved", by: "board[bot]", reason: "CHG7", url: "https://changes.example.com/1" },
    });
    statuses.unshift(by("board[bot]", "failure"));
    expect(await decide(service(url), 0)).toMatchObject({ state: "rejected" });
    expect(seen.filter(({ method }) => method === "POST")).toHaveLength(1);
  });

  it("are not approved by anyone else who may push, nor by another context", async () => {
    const statuses = [by("mallory", "success"), { ...by("Board[bot]", "success"), context: "ci/build" }];
    const { url } = await github(statuses);
    expect(await decide(service(url), 0)).toMatchObject({
      state: "pending",
      answer: { reason: "waits for a status of Board[bot]; mallory, who set it, is none of them" },
    });
  });

  it("are found behind many statuses of others", async () => {
    const statuses = Array.from({ length: 250 }, () => ({ ...by("ci", "success"), context: "ci/build" }));
    statuses.push(by("Board[bot]", "success"));
    const { url, seen } = await github(statuses);
    expect(await decide(service(url), 0)).toMatchObject({ state: "approved" });
    expect(seen).toHaveLength(3);
  });

  it("stay closed on a wrong token, a repository that is not there, and answers that are none", async () => {
    const { url } = await github([]);
    const wrong = message(await decide(service(url, "wr0ng")));
    expect(wrong).toContain("GITHUB_TOKEN");
    expect(wrong).not.toContain("wr0ng");
    expect(message(await decide(service(`${url}/nowhere`)))).toContain("was answered 404");
    for (const data of [{ message: "ok" }, [{ context: "sluice/change-request", state: "approved" }], [5]]) {
      const odd = await serve((_, response) => {
        send(response, 200, data);
      });
      expect(message(await decide(service(odd.url)))).toContain("malformed");
    }
    expect(() => service("http://api.example.com")).toThrow("not https");
  });

  it("want a token before anything is asked", () => {
    expect(() =>
      githubService({ kind: "github", repository: "a/b", approvers: ["x"] }, undefined, {}),
    ).toThrow("GITHUB_TOKEN: is not set");
  });
});

describe("change requests through a command", () => {
  const script = (body: string): string => {
    const file = join(temporaryFolder(), "change");
    writeFileSync(file, `#!/bin/sh\n${body}\n`);
    chmodSync(file, 0o755);
    return file;
  };
  const service = (body: string, ...args: string[]) =>
    commandService({ kind: "command", command: [script(body), ...args] }, "/", [token]);
  const answer = (more: string) => `echo '{"commit":"${commit}",${more}}'`;

  it("get the request on stdin, and answer on stdout", async () => {
    const folder = temporaryFolder();
    const decision = await decide(
      service(`cat > ${folder}/"$1"; ${answer('"state":"approved","by":"ann"')}`, "request.json"),
    );
    expect(decision).toEqual({ state: "approved", answer: { state: "approved", by: "ann" } });
    const { readFileSync } = await import("node:fs");
    expect(JSON.parse(readFileSync(join(folder, "request.json"), "utf8"))).toEqual(request);
  });

  it("need not read what they are asked, and may ask to be asked again", async () => {
    const folder = temporaryFolder();
    const decision = await decide(
      service(
        `if [ -e ${folder}/once ]; then ${answer('"state":"rejected","by":"ann"')}; else touch ${folder}/once; exit 75; fi`,
      ),
    );
    expect(decision).toMatchObject({ state: "rejected" });
  });

  it("stay closed when they fail, are not there, print nonsense, or hang", async () => {
    const failed = message(await decide(service(`echo "no: ${token}" >&2; exit 3`)));
    expect(failed).toContain("exit code 3: no: ***");
    expect(message(await decide(commandService({ kind: "command", command: ["./no-such"] }, "/")))).toContain(
      "it cannot be run: ENOENT",
    );
    expect(message(await decide(service("echo approved")))).toContain("it is no JSON (approved)");
    expect(message(await decide(service(answer('"state":"approved"'))))).toContain("by whom");
    const began = Date.now();
    expect(await decide(service("sleep 30 & wait"), 0.3)).toMatchObject({ state: "unreachable" });
    expect(Date.now() - began).toBeLessThan(5000);
    expect(await decide(service("kill -9 $$"), 0)).toMatchObject({ state: "unreachable" });
  });
});

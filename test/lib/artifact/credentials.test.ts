import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parseChallenge } from "../../../lib/artifact/authorisation.ts";
import { dockerCredentials, type RunHelper } from "../../../lib/artifact/credentials.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-docker-"));
afterAll(() => rmSync(folder, { recursive: true }));

const helper: RunHelper = (program, input) =>
  input === "known.example.com"
    ? Promise.resolve(JSON.stringify({ Username: program, Secret: "s" }))
    : input === "token.example.com"
      ? Promise.resolve(JSON.stringify({ Username: "<token>", Secret: "t" }))
      : Promise.reject(new Error("credentials not found"));

function ask(host: string, config: unknown) {
  writeFileSync(join(folder, "config.json"), typeof config === "string" ? config : JSON.stringify(config));
  return dockerCredentials(host, folder, helper);
}

describe("Docker's credentials", () => {
  it("are read as docker login leaves them, with colons in passwords", async () => {
    const auths = { "r.example.com": { auth: Buffer.from("me:a:b").toString("base64") } };
    expect(await ask("r.example.com", { auths })).toEqual({ username: "me", password: "a:b" });
    expect(await ask("other.example.com", { auths })).toBeUndefined();
    expect(
      await ask("az.example.com", { auths: { "az.example.com": { auth: "", identitytoken: "t" } } }),
    ).toEqual({
      identityToken: "t",
    });
  });

  it("come from the helper that the config names, and from the file if that has none", async () => {
    const config = {
      credsStore: "store",
      credHelpers: { "token.example.com": "ecr" },
      auths: { "plain.example.com": { auth: Buffer.from("a:b").toString("base64") } },
    };
    expect(await ask("known.example.com", config)).toEqual({
      username: "docker-credential-store",
      password: "s",
    });
    expect(await ask("token.example.com", config)).toEqual({ identityToken: "t" });
    expect(await ask("plain.example.com", config)).toEqual({ username: "a", password: "b" });
  });

  it("may be missing, but not broken", async () => {
    expect(await dockerCredentials("r.example.com", join(folder, "nowhere"))).toBeUndefined();
    await expect(ask("r.example.com", "{")).rejects.toThrow(/config\.json: cannot be read/);
  });
});

describe("a registry's challenge", () => {
  it("is read with its quotes and commas", () => {
    expect(
      parseChallenge('Bearer realm="https://auth.example.com/token?a=b,c",service=r.example.com'),
    ).toEqual({
      scheme: "bearer",
      parameters: { realm: "https://auth.example.com/token?a=b,c", service: "r.example.com" },
    });
    expect(parseChallenge("Basic")).toEqual({ scheme: "basic", parameters: {} });
    expect(parseChallenge("")).toBeUndefined();
  });
});

import { describe, expect, it } from "vitest";
import type { Cluster } from "../../../lib/fleet/cluster.ts";
import { number, text, type Variable } from "../../../lib/fleet/variables.ts";
import { outputData } from "../../../lib/stack/output-values.ts";
import {
  fluxInstall,
  missingSettings,
  settingProblems,
  settingsFrom,
  settingVariable,
} from "../../../lib/stack/stack-config.ts";
import { releaseKeyFiles } from "../../../lib/stack/release-keys.ts";

describe("a stack's configuration", () => {
  const cluster = (more: object = {}) =>
    ({
      name: "a",
      flux: "operator",
      decryption: { secret: "sops" },
      bundles: [{ track: { tag: "1.0.0" } }],
      fleet: {
        repository: { url: "https://git.example.com/f.git", secret: "flux-system" },
        artifacts: { url: "oci://r.example.com/f", secret: "registry", verify: { secret: "keys" } },
      },
      ...more,
    }) as unknown as Cluster;
  const missing = (
    given: readonly string[],
    install: Parameters<typeof missingSettings>[2] = "operator",
    more = {},
  ) =>
    missingSettings(cluster(more), (name) => given.includes(name), install, "a").map(
      ({ message }) => message,
    );

  it("is told all that it lacks at once, each with the command that gives it", () => {
    const problems = missingSettings(cluster(), () => false, "operator", "a");
    expect(problems.map(({ message }) => message.split(" ")[0])).toEqual([
      "no",
      "'registryUsername'",
      "'registryPassword'",
      "'releaseKeys'",
      "'sopsAgeKey'",
    ]);
    for (const { where, remedy } of problems)
      expect([where, remedy]).toEqual([
        "Pulumi.a.yaml",
        expect.stringMatching(/^pulumi config set .*--stack a/),
      ]);
    expect(problems.find(({ message }) => message.includes("registryPassword"))?.remedy).toContain(
      "--secret",
    );
  });

  it("gives each of several release keys a file of its own", () => {
    const key = (name: string) => `-----BEGIN PUBLIC KEY-----\n${name}\n-----END PUBLIC KEY-----\n`;
    expect(releaseKeyFiles(key("one"))).toEqual({ "release.pub": key("one") });
    expect(releaseKeyFiles(key("one") + key("two").trimEnd())).toEqual({
      "release.pub": key("one"),
      "release-2.pub": key("two").trimEnd(),
    });
    expect(releaseKeyFiles("PEM")).toEqual({ "release.pub": "PEM" });
  });

  it("lacks the root of an own Fulcio and Rekor where releases are verified by it, and no keys", () => {
    const by = (verify: object) => ({
      fleet: {
        repository: { url: "https://git.example.com/f.git" },
        artifacts: { url: "oci://r.example.com/f", verify },
      },
    });
    const identity = { issuer: "https://ci.example.com", subject: "release" };
    expect(missing(["sopsAgeKey"], "operator", by({ identity, trustedRoot: "root" }))).toEqual([
      "'releaseRoot' is missing: releases are verified with the Secret 'root'",
    ]);
    expect(missing(["sopsAgeKey", "releaseRoot"], "operator", by({ identity, trustedRoot: "root" }))).toEqual(
      [],
    );
    expect(missing(["sopsAgeKey"], "operator", by({ identity }))).toEqual([]);
  });

  it("lacks nothing where everything is given, nothing is released, or Flux is someone else's", () => {
    expect(
      missing(["gitToken", "registryUsername", "registryPassword", "releaseKeys", "sopsAgeKey"]),
    ).toEqual([]);
    expect(
      missing(["gitToken", "sopsAgeKey"], "operator", { bundles: [{ track: { branch: "main" } }] }),
    ).toEqual([]);
    expect(missing([], "none")).toEqual([]);
    expect(missing([], "components", { flux: "bootstrap" })).toEqual([]);
  });

  it("gives one way to git, and with a key the server's own keys", () => {
    expect(missing(["gitToken", "gitSsh", "gitKnownHosts"], "none").join()).toContain(
      "gitToken and gitSsh are given",
    );
    expect(missing(["gitSsh"], "none").join()).toContain("'gitKnownHosts' is missing");
    expect(missing(["githubAppId"], "none")).toHaveLength(2);
  });

  it("has no other keys, and no other values", () => {
    expect(settingProblems({ gitTokn: "x" }, "a")[0]).toMatchObject({
      message: expect.stringContaining("gitToken") as string,
    });
    expect(settingProblems({ flux: "helm" }, "a")[0]?.message).toContain("none of operator, chart and none");
    expect(settingProblems({ flux: "none", gitSsh: "true", teardownTimeout: "60" }, "a")).toEqual([]);
    expect(settingProblems({ teardownTimeout: "1m" }, "a")).toHaveLength(1);
  });

  it("may come from the environment", () => {
    expect(settingVariable("gitToken")).toBe("SLUICE_GIT_TOKEN");
    expect(settingsFrom({ SLUICE_GIT_TOKEN: "t", SLUICE_FLUX: "", OTHER: "x" })).toEqual({ gitToken: "t" });
  });

  it("says how Flux is installed, or the definition does", () => {
    expect(
      (["operator", "sync", "bootstrap"] as const).map((flux) => fluxInstall({ flux }, undefined)),
    ).toEqual(["operator", "chart", "components"]);
    expect(fluxInstall({ flux: "operator" }, "none")).toBe("none");
  });
});

describe("outputs of a stack", () => {
  const variables = new Map<string, Variable>([
    ["vpc", text({ from: "stack" })],
    ["zones", number({ from: "stack", default: 1 })],
    ["token", text({ from: "stack", secret: true })],
  ]);
  const plain = (value: string | number) => ({ value, secret: false });

  it("go into the ConfigMap, secret ones into the Secret", () => {
    expect(
      outputData(variables, {
        vpc: plain("vpc-1"),
        zones: plain(3),
        token: { value: "t", secret: true },
        bucket: plain("b"),
      }),
    ).toEqual({ plain: { vpc: "vpc-1", zones: "3", bucket: "b" }, secret: { token: "t" } });
  });

  it("may be missing where the bundle has a default, and nowhere else", () => {
    expect(outputData(variables, { vpc: undefined, zones: undefined, token: plain("t") })).toMatchObject({
      problems: [{ message: expect.stringContaining("no 'vpc'") as string }],
    });
  });

  it("are checked as if git had given them, and a secret never stands in a message or a ConfigMap", () => {
    const problems = (outputs: Parameters<typeof outputData>[1]) => {
      const data = outputData(variables, outputs);
      return "problems" in data ? data.problems.map(({ message }) => message).join("\n") : "";
    };
    expect(problems({ vpc: plain("true"), token: plain("t") })).toContain("YAML reads as a boolean");
    expect(problems({ vpc: plain("v"), zones: plain("3"), token: plain("t") })).toContain(
      "which is no number",
    );
    // What an app asks for by name it gets as text.
    expect(problems({ vpc: plain("v"), token: plain("t"), db_port: plain(5432) })).toContain(
      "'db_port' is 5432, which YAML reads as a number",
    );
    expect(problems({ vpc: { value: "hush", secret: true }, token: plain("t") })).toContain(
      "would stand in a ConfigMap",
    );
    const bad = problems({ vpc: plain("v"), token: { value: "pa: ss", secret: true } });
    expect(bad).toContain("'token'");
    expect(bad).not.toContain("pa: ss");
  });
});

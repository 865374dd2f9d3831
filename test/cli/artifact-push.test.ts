import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type MemoryRegistry, startMemoryRegistry } from "../lib/artifact/memory-registry.ts";
import { run, temporaryFolder, TestFleet } from "../support/fleet.ts";
import { identityToken, type Sigstore, startSigstore } from "../support/sigstore.ts";

const bin = new URL("../../bin/sluice.js", import.meta.url).pathname;
const token = identityToken("https://github.com/example/shop/.github/workflows/release.yml@refs/tags/1.0.0");

describe("sluice artifact push", () => {
  let team: TestFleet;
  let registry: MemoryRegistry;
  let sigstore: Sigstore;
  beforeAll(async () => {
    [registry, sigstore] = await Promise.all([startMemoryRegistry(), startSigstore()]);
    team = new TestFleet(temporaryFolder());
    team.git("init", "--quiet", "--initial-branch=main");
    team.git("config", "user.name", "Test");
    team.git("config", "user.email", "test@example.com");
    team.git("remote", "add", "origin", "https://git.example.com/shop.git");
    team.write({ "deploy/shop.yaml": "kind: Shop\n" });
    team.commit("first");
    for (const tag of ["1.0.0", "1.1.0"]) team.git("tag", tag);
  });
  afterAll(() => Promise.all([registry.stop(), sigstore.stop()]));

  const push = (tag: string, env: Readonly<Record<string, string>>, ...args: string[]) => {
    const url = `oci://${registry.host}/team/shop`;
    const common = ["--path", "deploy", "--url", url, "--insecure", "--tag", tag, ...args];
    return run(process.execPath, [bin, "artifact", "push", ...common], team.root, {
      ACTIONS_ID_TOKEN_REQUEST_URL: "",
      SIGSTORE_ID_TOKEN: "",
      ...env,
    });
  };

  it("--keyless signs as whom the job's token is of, and done again changes nothing", async () => {
    const services = ["--fulcio-url", sigstore.fulcio, "--rekor-url", sigstore.rekor];
    const first = await push("1.0.0", { SIGSTORE_ID_TOKEN: token }, "--keyless", ...services);
    expect(first.stderr).toBe("");
    expect(first.stdout).toContain("artifact pushed, signature pushed");
    const again = await push("1.0.0", { SIGSTORE_ID_TOKEN: token }, "--keyless", ...services);
    expect(again.stdout).toContain("artifact there already, signature there already");
  });

  it("--keyless that cannot sign pushes nothing, and shows no token", async () => {
    const before = [...registry.manifests.keys()];
    const none = await push("1.1.0", {}, "--keyless");
    expect(none.code).toBe(1);
    expect(none.stderr).toContain("the CI gives no identity token");
    const down = ["--fulcio-url", "http://127.0.0.1:1", "--rekor-url", sigstore.rekor];
    const unreachable = await push("1.1.0", { SIGSTORE_ID_TOKEN: token }, "--keyless", ...down);
    expect(unreachable.code).toBe(1);
    expect(unreachable.stderr).toMatch(/http:\/\/127\.0\.0\.1:1: Fulcio gives no certificate/);
    expect(unreachable.stderr + unreachable.stdout).not.toContain(token);
    expect([...registry.manifests.keys()]).toEqual(before);
  });

  it("takes no options that contradict one another", async () => {
    for (const [args, words] of [
      [["--keyless", "--key", "cosign.key"], "not both"],
      [["--rekor-url", "https://rekor.example.com"], "--rekor-url: belongs to --keyless"],
      [["--keyless", "--fulcio-url", "http://fulcio.example.com"], "is no https:// URL"],
    ] as const) {
      const { code, stderr } = await push("1.1.0", {}, ...args);
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(words) as string });
    }
  });
});

import { describe, it } from "vitest";
import { run } from "../support/fleet.ts";

const program = new URL("../../stacks/teardown-run.ts", import.meta.url).pathname;
/** Nobody listens there. */
const gone = JSON.stringify({
  apiVersion: "v1",
  kind: "Config",
  "current-context": "gone",
  clusters: [{ name: "gone", cluster: { server: "https://127.0.0.1:1" } }],
  contexts: [{ name: "gone", context: { cluster: "gone", user: "somebody" } }],
  users: [{ name: "somebody", user: { token: "token-of-somebody" } }],
});
const destroy = (environment: Record<string, string>) =>
  run(process.execPath, [program], import.meta.dirname, { SLUICE_CLUSTER: "sandbox-a", ...environment });

describe.concurrent("what a destroy runs first", { timeout: 60_000 }, () => {
  it("stops the destroy of a cluster that cannot be reached, and says how to go on", async ({ expect }) => {
    const { code, stdout, stderr } = await destroy({ SLUICE_KUBECONFIG: gone });
    expect(code).toBe(1);
    expect(stderr).toContain("the cluster sandbox-a cannot be reached (nobody listens there)");
    expect(stderr).toContain("SLUICE_SKIP_TEARDOWN=1 if it has gone for good");
    expect(stdout + stderr).not.toContain("token-of-somebody");
  });

  it("lets the destroy go on where somebody says that the cluster has gone for good", async ({ expect }) => {
    const { code, stderr } = await destroy({ SLUICE_KUBECONFIG: gone, SLUICE_SKIP_TEARDOWN: "1" });
    expect(code).toBe(0);
    expect(stderr).toContain("cannot be reached");
  });

  it("stops it, too, where it has no kubeconfig that can be read, also with that", async ({ expect }) => {
    const { code, stderr } = await destroy({ SLUICE_KUBECONFIG: "{", SLUICE_SKIP_TEARDOWN: "1" });
    expect(code).toBe(1);
    expect(stderr).toContain("the given kubeconfig: this kubeconfig cannot be read");
  });
});

import { describe, expect, it } from "vitest";
import { askCluster } from "../../../lib/check/live.ts";
import { ApiError, type DryRunApi } from "../../../lib/teardown/cluster-api.ts";
import { clustersOf, deployment, object } from "./rules/rule-cases.ts";

const kind = (group: string, name: string, namespaced = true) => ({
  group,
  version: "v1",
  kind: name,
  plural: `${name.toLowerCase()}s`,
  namespaced,
  verbs: ["list"],
});

function api(refuse: (kind: string, name: string, version: string) => ApiError | undefined): DryRunApi {
  return {
    server: "https://test",
    kinds: () =>
      Promise.resolve({
        kinds: [
          kind("", "ConfigMap"),
          kind("", "Secret"),
          kind("apps", "Deployment"),
          kind("", "Namespace", false),
        ],
        unavailable: [],
      }),
    dryRun: ({ version }, { kind: own, metadata }) => {
      const error = refuse(own, metadata.name, version);
      return error === undefined ? Promise.resolve() : Promise.reject(error);
    },
  };
}

const error = (status: number, message: string) =>
  new ApiError(status, `PATCH /api/v1/namespaces/apps/x/y: ${status} ${message}`);
const ask = (yaml: string, refuse: Parameters<typeof api>[0]) =>
  askCluster(clustersOf(yaml)[0]!, api(refuse));

describe("asking a cluster", () => {
  it("everything is taken", async () => {
    expect(await ask(object("v1", "ConfigMap", "a"), () => undefined)).toEqual({
      findings: [],
      unchecked: [],
    });
  });

  it("what it refuses is a finding, in the fleet's order", async () => {
    const yaml = object("v1", "ConfigMap", "a") + deployment("b", "") + object("v1", "ConfigMap", "c");
    const { findings } = await ask(yaml, (_, name) => error(422, `${name} is invalid`));
    expect(findings.map(({ message }) => message)).toEqual([
      "the cluster refuses it: a is invalid",
      "the cluster refuses it: b is invalid",
      "the cluster refuses it: c is invalid",
    ]);
  });

  it("an admission policy's no is a finding, missing rights of one's own are not", async () => {
    const yaml = object("v1", "ConfigMap", "policy") + object("v1", "ConfigMap", "rights");
    const { findings, unchecked } = await ask(yaml, (_, name) =>
      name === "policy"
        ? error(403, "admission webhook denied the request: no")
        : error(403, 'configmaps "rights" is forbidden: User "me" cannot patch resource "configmaps"'),
    );
    expect(findings.map(({ message }) => message)).toEqual([
      "the cluster refuses it: admission webhook denied the request: no",
    ]);
    expect(unchecked).toMatchObject([
      { message: "with the cluster, 1 object that these credentials may not apply: ConfigMap" },
    ]);
  });

  it("what is to come with the fleet is not missing", async () => {
    const missing = () => error(404, 'namespaces "apps" not found');
    const own = object("v1", "Namespace", "apps", "", "");
    const { findings, unchecked } = await ask(
      own + object("v1", "ConfigMap", "a") + object("example.com/v1", "Thing", "a"),
      (k) => (k === "ConfigMap" ? missing() : undefined),
    );
    expect(findings).toEqual([]);
    expect(unchecked.map(({ message }) => message)).toEqual([
      "with the cluster, 1 object of kinds that it does not have yet: Thing",
      "with the cluster, 1 object in namespaces that it does not have yet: apps",
    ]);
    expect((await ask(object("v1", "ConfigMap", "a"), missing)).findings[0]!.message).toBe(
      "the cluster has no namespace 'apps'",
    );
  });

  it("a version that it does not serve is a finding, asked for as it is written", async () => {
    const { findings } = await ask(object("apps/v1beta1", "Deployment", "a"), (_, __, version) =>
      version === "v1beta1" ? error(404, "the server could not find the requested resource") : undefined,
    );
    expect(findings[0]!.message).toBe("the cluster does not serve apps/v1beta1 Deployment");
  });

  it("what it says of a Secret is not told, as it may quote it", async () => {
    const { findings } = await ask(object("v1", "Secret", "a", "stringData: { a: hunter2 }"), () =>
      error(422, "hunter2 is bad"),
    );
    expect(findings[0]!.message).toBe("the cluster refuses it (422)");
  });

  it("no answer ends it", async () => {
    await expect(
      ask(object("v1", "ConfigMap", "a"), () => new ApiError(0, "test: connect ECONNREFUSED")),
    ).rejects.toThrow("ECONNREFUSED");
    await expect(ask(object("v1", "ConfigMap", "a"), () => error(401, "Unauthorized"))).rejects.toThrow(
      "Unauthorized",
    );
  });
});

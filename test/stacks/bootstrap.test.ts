import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import type { Cluster } from "../../lib/fleet/cluster.ts";
import type { FluxObjects } from "../../lib/stack/flux-objects.ts";
import type { PlannedResource } from "../../lib/stack/planned-resource.ts";
import type { OutputData } from "../../lib/stack/output-values.ts";
import type { FluxInstall, SettingName } from "../../lib/stack/stack-config.ts";
import { FluxBootstrap } from "../../stacks/flux/bootstrap.ts";
import { all, mockedStack, only, settled, valueOf } from "./mocked-stack.ts";

const fleet = {
  name: "test",
  repository: { url: "ssh://git@git.example.com/fleet.git", secret: "flux-system" },
  artifacts: {
    url: "oci://registry.example.com/fleet",
    secret: "registry",
    verify: { secret: "release-keys" },
  },
} as unknown as Cluster["fleet"];

const instance = {
  apiVersion: "fluxcd.controlplane.io/v1",
  kind: "FluxInstance",
  metadata: { name: "flux", namespace: "flux-system" },
  spec: { distribution: { version: "2.9.x" } },
};
const sync = ["GitRepository", "Kustomization"].map((kind) => ({
  apiVersion: `${kind === "Kustomization" ? "kustomize" : "source"}.toolkit.fluxcd.io/v1`,
  kind,
  metadata: { name: "flux-system", namespace: "flux-system" },
  spec: { interval: "1m" },
}));
const components = [
  { apiVersion: "v1", kind: "Namespace", metadata: { name: "flux-system" } },
  {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "source-controller", namespace: "flux-system" },
    spec: {},
  },
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "source-controller", namespace: "flux-system" },
    spec: {},
  },
  {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "buckets.source.toolkit.fluxcd.io" },
    spec: {},
  },
];
const tags = {
  "sluice.dev/owner": "ann@example.com",
  "sluice.dev/purpose": "platform",
  "sluice.dev/expires": "2026-12-01T00:00:00Z",
};

let resources: readonly PlannedResource[];
interface Made {
  readonly flux: FluxBootstrap;
  readonly resources: readonly PlannedResource[];
}
const made: Record<string, Made> = {};

async function make(
  name: string,
  install: FluxInstall,
  objects: FluxObjects,
  {
    keep = false,
    settings = {},
    mirror,
  }: { keep?: boolean; settings?: Partial<Record<SettingName, string>>; mirror?: object } = {},
) {
  const before = resources.length;
  const flux = new FluxBootstrap(
    name,
    {
      cluster: {
        name,
        fleet: { ...fleet, ...(mirror === undefined ? {} : { mirror }) },
        bundles: [],
        decryption: { secret: "sops" },
        flux: "operator",
      },
      kubeconfig: "the kubeconfig",
      identity: `${name}-1`,
      settings: {
        has: (setting) => settings[setting] !== undefined,
        text: (setting) => settings[setting],
        secret: (setting) => (settings[setting] === undefined ? undefined : pulumi.secret(settings[setting])),
        given: () => settings,
      },
      install,
      objects,
      outputs: pulumi.output<OutputData>({ plain: { vpc: "vpc-1" }, secret: { token: "hush" } }),
      secretOutputs: name === "operator",
      keep: { flux: keep, sync: keep, values: keep },
      tags,
    },
    {},
  );
  await settled(resources);
  made[name] = { flux, resources: resources.slice(before) };
}

beforeAll(async () => {
  resources = await mockedStack();
  await make(
    "operator",
    "operator",
    { sync: [instance], components: [] },
    {
      keep: true,
      settings: {
        gitToken: "t0ken",
        registryUsername: "robot",
        registryPassword: "pa55",
        releaseKeys: "PEM",
        sopsAgeKey: "AGE",
      },
    },
  );
  await make(
    "chart",
    "chart",
    { sync, components: [] },
    { settings: { gitSsh: "true", gitKnownHosts: "git.example.com ssh-ed25519 AAAA" } },
  );
  await make("taken", "components", { sync, components }, { keep: true });
  await make("none", "none", { sync, components: [] }, { keep: true });
  await make(
    "app",
    "operator",
    { sync: [instance], components: [] },
    {
      settings: { githubAppId: "1", githubAppInstallationId: "2", githubAppPrivateKey: "PEM" },
      mirror: { charts: "oci://registry.internal/charts", images: "registry.internal/images" },
    },
  );
});
const of = (name: string) => made[name]!.resources;
const kinds = (name: string) =>
  of(name)
    .filter(({ component }) => !component)
    .map(({ type }) => type.split(":").at(-1))
    .toSorted();

describe("Flux comes", () => {
  it("by flux-operator and the FluxInstance that git holds", () => {
    const release = only(of("operator"), "kubernetes:helm.sh/v3:Release");
    expect(release.inputs).toMatchObject({
      chart: "oci://ghcr.io/controlplaneio-fluxcd/charts/flux-operator",
      namespace: "flux-system",
    });
    expect(only(of("operator"), "kubernetes:fluxcd.controlplane.io/v1:FluxInstance").inputs["spec"]).toEqual(
      instance.spec,
    );
  });

  it("by the flux2 chart and the sync objects that git holds", () => {
    expect(only(of("chart"), "kubernetes:helm.sh/v3:Release").inputs["chart"]).toMatch(/\/flux2$/);
    expect(kinds("chart")).toContain("GitRepository");
    expect(kinds("chart")).toContain("Kustomization");
  });

  it("by the files of flux bootstrap, definitions before what is made of them", () => {
    const definition = only(of("taken"), "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition");
    const deployment = only(of("taken"), "kubernetes:apps/v1:Deployment");
    expect(deployment.dependencies).toContain(definition.urn);
    expect(only(of("taken"), "kubernetes:core/v1:Service").retainOnDelete).toBe(true);
  });

  it("by nobody where it is there", () => {
    expect(kinds("none")).toEqual(["ConfigMap", "GitRepository", "Kustomization", "Namespace", "kubernetes"]);
  });

  it("from the mirror where the fleet has one", () => {
    expect(only(of("app"), "kubernetes:helm.sh/v3:Release").inputs).toMatchObject({
      chart: "oci://registry.internal/charts/flux-operator",
      values: {
        image: { repository: "registry.internal/images/ghcr.io/controlplaneio-fluxcd/flux-operator" },
      },
    });
  });
});

describe("what git holds", () => {
  it("is created after all that it needs, and then left to Flux: nothing of it is looked at again", () => {
    const kustomization = only(of("chart"), "kubernetes:kustomize.toolkit.fluxcd.io/v1:Kustomization");
    expect(kustomization.ignoreChanges).toEqual(["metadata", "spec"]);
    for (const other of of("chart").filter(({ type }) =>
      /Release|GitRepository|ConfigMap|Namespace/.test(type),
    ))
      expect(kustomization.dependencies, other.name).toContain(other.urn);
  });

  it("goes on where a teardown had suspended it", () => {
    expect(
      only(of("none"), "kubernetes:kustomize.toolkit.fluxcd.io/v1:Kustomization").inputs["spec"],
    ).toEqual({ interval: "1m", suspend: false });
  });

  it("stays on destroy where Flux was there before or the cluster goes with it, and goes where the stack brought it", () => {
    const kept = (name: string) =>
      of(name)
        .filter(({ type }) => /Namespace|Kustomization|GitRepository|FluxInstance/.test(type))
        .map(({ retainOnDelete }) => retainOnDelete);
    expect(new Set(kept("none"))).toEqual(new Set([true]));
    expect(new Set(kept("operator"))).toEqual(new Set([true]));
    expect(new Set(kept("chart"))).toEqual(new Set([false]));
  });
});

describe("the provider of the objects", () => {
  it("takes what is there, replaces nothing for a new kubeconfig, and ends when the cluster has gone", () => {
    const { inputs } = only(of("taken"), "pulumi:providers:kubernetes");
    expect(inputs).toMatchObject({
      clusterIdentifier: "taken-1",
      kubeconfig: "[secret]",
      upsertExistingObjects: "true",
      deleteUnreachable: "true",
    });
  });
});

describe("credentials", () => {
  const secret = (name: string, which: string) =>
    only(of(name), "kubernetes:core/v1:Secret", new RegExp(`^${name}-${which}$`));

  it("are the Secrets that the manifests name, and their values are secret", () => {
    const names = all(of("operator"), "kubernetes:core/v1:Secret").map(
      ({ inputs }) => (inputs["metadata"] as { name: string }).name,
    );
    expect(names.toSorted()).toEqual(["cluster-outputs", "flux-system", "registry", "release-keys", "sops"]);
    expect(JSON.stringify(of("operator"))).not.toMatch(/t0ken|pa55|AGE|hush/);
    for (const each of all(of("operator"), "kubernetes:core/v1:Secret"))
      expect(each.secrets.join()).toMatch(/data/i);
  });

  it("are left to whoever made them where the stack has none", () => {
    expect(all(of("taken"), "kubernetes:core/v1:Secret")).toEqual([]);
  });

  it("may be a key made for the cluster, whose public half is an output and whose private half is not", async () => {
    const { gitPublicKey } = made["chart"]!.flux;
    expect(await valueOf(gitPublicKey!)).toBe("second line");
    expect(await pulumi.isSecret(gitPublicKey!)).toBe(false);
    const command = only(of("chart"), "command:local:Command");
    expect(command.inputs["logging"]).toBe("none");
    expect(command.secrets).toContain("stdout");
    expect(secret("chart", "flux-system").secrets).toContain("stringData");
  });

  it("may be a GitHub App's", () => {
    expect(secret("app", "flux-system").secrets.join()).toContain("stringData");
    expect(made["app"]!.flux.gitPublicKey).toBeUndefined();
  });
});

it("the outputs of the stack are what substituteFrom reads, secret ones in the Secret alone", () => {
  const plain = only(of("operator"), "kubernetes:core/v1:ConfigMap").inputs;
  expect(plain).toMatchObject({
    metadata: { name: "cluster-outputs", namespace: "flux-system" },
    data: { vpc: "vpc-1" },
  });
  const hidden = only(of("operator"), "kubernetes:core/v1:Secret", /outputs$/);
  expect(hidden.inputs["metadata"]).toMatchObject({ name: "cluster-outputs" });
  expect(hidden.inputs["data"]).toBe("[secret]");
});

it("every object of a sandbox that the stack keeps says whose it is and until when", () => {
  for (const { type, inputs } of of("operator").filter((each) =>
    /ConfigMap|Secret|Namespace/.test(each.type),
  ))
    expect((inputs["metadata"] as { annotations: object }).annotations, type).toEqual(tags);
});

it("the namespace of a Flux that was there before gets no mark, which would outlive the stack", () => {
  for (const name of ["none", "taken"] as const)
    for (const { inputs } of of(name).filter(({ type }) => type.includes("Namespace")))
      expect(inputs["metadata"], name).not.toHaveProperty("annotations");
});

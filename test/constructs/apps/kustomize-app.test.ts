/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-return -- manifests are looked into at any depth */
import { expect, test } from "vitest";
import { KustomizeApp, type KustomizeAppProps } from "../../../constructs/apps/index.ts";
import { cluster, manifests, plainChart, type Simulation } from "./simulated-cluster.ts";

const git = { url: "https://git.example.com/shop/deploy.git" };
const artifact = { url: "oci://registry.example.com/shop/manifests" };

function objects(props: KustomizeAppProps, simulation: Simulation = { versions: "shop:\n  tag: 1.4.2" }) {
  const { apps } = cluster(simulation);
  new KustomizeApp(apps, "shop", props);
  return manifests(apps);
}

test("another repository's folder is applied in the apps' namespace, as its ServiceAccount", () => {
  const made = objects({ source: { ...git, secret: "shop-git" }, path: "./overlays/production" });
  expect(made["GitRepository/shop"].spec).toMatchObject({
    url: git.url,
    ref: { tag: "1.4.2" },
    secretRef: { name: "shop-git" },
  });
  expect(made["Kustomization/shop-manifests"]).toMatchObject({
    metadata: { namespace: "apps" },
    spec: {
      sourceRef: { kind: "GitRepository", name: "shop" },
      path: "./overlays/production",
      serviceAccountName: "apps",
      targetNamespace: "apps",
      prune: true,
      wait: true,
    },
  });
});

test("the source may be an OCI artifact, and follow a range", () => {
  const made = objects({ source: artifact }, { versions: "shop:\n  semver: 1.x" });
  expect(made["OCIRepository/shop"].spec).toMatchObject({ url: artifact.url, ref: { semver: "1.x" } });
  expect(made["Kustomization/shop-manifests"].spec.sourceRef).toEqual({
    kind: "OCIRepository",
    name: "shop",
  });
});

test("the manifests are patched, substituted and decrypted; what holds them is not", () => {
  const { apps } = cluster({ versions: "shop:\n  branch: main" });
  const patches = [{ patch: "[]", target: { kind: "Deployment" } }];
  const app = new KustomizeApp(apps, "shop", {
    source: git,
    patches,
    substitute: { host: "shop.example.com" },
    decryption: { secret: "sops" },
  });
  expect(manifests(apps)["Kustomization/shop-manifests"].spec).toMatchObject({
    patches,
    postBuild: { substitute: { host: "shop.example.com" }, substituteStrategy: "Always" },
    decryption: { provider: "sops", secretRef: { name: "sops" } },
  });
  expect(app.props.decryption).toBeUndefined();
});

test("versions.yaml gives an image's tag", () => {
  const image = "registry.example.com/shop";
  const images = (tag: string) =>
    objects({ source: git, image }, { versions: `shop:\n  branch: main\n  image: ${tag}` })[
      "Kustomization/shop-manifests"
    ].spec.images;
  expect(images("1.4.7")).toEqual([{ name: image, newTag: "1.4.7" }]);
  const digest = `sha256:${"a".repeat(64)}`;
  expect(images(`1.4.7@${digest}`)).toEqual([{ name: image, digest }]);
});

test("images that are named come through the mirror", () => {
  const made = objects(
    { source: git, image: "nginx", images: [{ name: "shop", newName: "registry.example.com/shop" }] },
    { versions: "shop:\n  branch: main\n  image: 1.31.0", mirror: { images: "mirror.internal" } },
  );
  expect(made["Kustomization/shop-manifests"].spec.images).toEqual([
    { name: "shop", newName: "mirror.internal/registry.example.com/shop" },
    { name: "nginx", newName: "mirror.internal/docker.io/library/nginx", newTag: "1.31.0" },
  ]);
});

test("it stands in someone else's chart", () => {
  const team = plainChart("team-a");
  new KustomizeApp(team, "base", { source: git, track: { branch: "main" } });
  new KustomizeApp(team, "shop", {
    source: git,
    track: { branch: "main" },
    dependsOn: ["base"],
    interval: "1h",
  });
  const { metadata, spec } = manifests(team)["Kustomization/shop-manifests"];
  expect(metadata.namespace).toBe("team-a");
  expect(spec).toMatchObject({ interval: "1h", dependsOn: [{ name: "base-manifests" }] });
  expect(spec).not.toHaveProperty("serviceAccountName");
});

test("a track that the kind of source does not have is refused", () => {
  const digest = `sha256:${"a".repeat(64)}`;
  expect(() => objects({ source: artifact }, { versions: "shop:\n  branch: main" })).toThrow(
    "an OCI artifact has no branches",
  );
  expect(() => objects({ source: git }, { versions: `shop:\n  digest: ${digest}` })).toThrow(
    "a git repository has no digests",
  );
  expect(() => objects({ source: git }, {})).toThrow(
    "what the source tracks is missing: give it in clusters/london/versions.yaml",
  );
});

test("props that Flux would refuse are refused", () => {
  expect(() => objects({ source: { url: "git@example.com:shop.git" } })).toThrow("is no source of manifests");
  expect(() => objects({ source: git, substitute: { "the-host": "x" } })).toThrow(
    "'the-host' is no name that Flux substitutes",
  );
  expect(() => objects({ source: git, image: "nginx" })).toThrow("the version of image 'nginx' is missing");
  expect(() => objects({ source: git }, { versions: "shop:\n  tag: 1.4.2\n  image: 1.0.0" })).toThrow(
    "but not whose: set 'image'",
  );
});

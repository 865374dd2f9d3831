/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-return -- manifests are looked into at any depth */
import { expect, test } from "vitest";
import { HelmApp, type HelmAppProps, WebApp } from "../../../constructs/apps/index.ts";
import { firstPlace, placeOf } from "../../../lib/fleet/place.ts";
import { cluster, manifests, plainChart } from "./simulated-cluster.ts";

const chart = { repository: "oci://registry.example.com/charts", name: "shop-chart" };
const versions = "shop:\n  chart: 2.1.0\n  image: 2.1.4";

test("a chart is installed in the apps' namespace, as its ServiceAccount, under the app's name", () => {
  const { apps } = cluster({ versions });
  new HelmApp(apps, "shop", {
    chart,
    imageValue: "image.tag",
    values: { replicaCount: 3, image: { pullPolicy: "Always" } },
  });
  const objects = manifests(apps);
  expect(Object.keys(objects)).toEqual(["OCIRepository/shop", "HelmRelease/shop"]);
  expect(objects["OCIRepository/shop"].spec).toMatchObject({
    url: "oci://registry.example.com/charts/shop-chart",
    ref: { tag: "2.1.0" },
  });
  expect(objects["HelmRelease/shop"]).toMatchObject({
    metadata: { name: "shop", namespace: "apps" },
    spec: {
      releaseName: "shop",
      serviceAccountName: "apps",
      chartRef: { kind: "OCIRepository", name: "shop" },
      values: { replicaCount: 3, image: { pullPolicy: "Always", tag: "2.1.4" } },
    },
  });
});

test("custom resource definitions of a chart stay out: they are the platform's", () => {
  const { apps } = cluster({ versions });
  new HelmApp(apps, "shop", { chart, imageValue: "image.tag" });
  expect(manifests(apps)["HelmRelease/shop"].spec).toMatchObject({
    install: { crds: "Skip" },
    upgrade: { crds: "Skip" },
  });
});

test("a chart of a classic repository comes from a HelmRepository", () => {
  const { apps } = cluster({ versions: "shop:\n  chart: 2.x" });
  new HelmApp(apps, "shop", { chart: { repository: "https://charts.example.com", name: "shop-chart" } });
  const objects = manifests(apps);
  expect(objects["HelmRepository/shop"].spec.url).toBe("https://charts.example.com");
  expect(objects["HelmRelease/shop"].spec.chart.spec).toMatchObject({ chart: "shop-chart", version: "2.x" });
});

test("what an autoscaler sets is no drift", () => {
  const ignored = (autoscaled: HelmAppProps["autoscaled"]) => {
    const { apps } = cluster({ versions: "shop:\n  chart: 2.1.0" });
    new HelmApp(apps, "shop", { chart, autoscaled });
    return manifests(apps)["HelmRelease/shop"].spec.driftDetection;
  };
  expect(ignored(undefined)).toEqual({ mode: "enabled" });
  expect(ignored(true).ignore).toEqual([{ paths: ["/spec/replicas"], target: { kind: "Deployment" } }]);
  expect(ignored(["web"]).ignore).toEqual([
    { paths: ["/spec/replicas"], target: { kind: "Deployment", name: "web" } },
  ]);
});

test("charts and images come through the mirror, where there is one", () => {
  const props: HelmAppProps = {
    chart,
    imageValue: "image.tag",
    values: { image: { repository: "registry.example.com/shop" } },
    imageRepositories: {
      "image.repository": "registry.example.com/shop",
      "redis.image": "redis",
      "sidecar.registry": "quay.io",
    },
  };
  const { apps } = cluster({
    versions,
    mirror: { charts: "oci://mirror.internal/charts", images: "mirror.internal/images" },
  });
  new HelmApp(apps, "shop", props);
  const objects = manifests(apps);
  expect(objects["OCIRepository/shop"].spec.url).toBe("oci://mirror.internal/charts/shop-chart");
  expect(objects["HelmRelease/shop"].spec.values).toEqual({
    image: { repository: "mirror.internal/images/registry.example.com/shop", tag: "2.1.4" },
    redis: { image: "mirror.internal/images/docker.io/library/redis" },
    sidecar: { registry: "mirror.internal/images/quay.io" },
  });

  const without = cluster({ versions }).apps;
  new HelmApp(without, "shop", props);
  expect(manifests(without)["HelmRelease/shop"].spec.values).toEqual({
    image: { repository: "registry.example.com/shop", tag: "2.1.4" },
  });
});

test("any field of the HelmRelease can be overridden", () => {
  const { apps } = cluster({ versions: "shop:\n  chart: 2.1.0" });
  new HelmApp(apps, "shop", {
    chart,
    serviceAccountName: "deployer",
    overrides: { spec: { interval: "1h", driftDetection: null } },
  });
  const { spec } = manifests(apps)["HelmRelease/shop"];
  expect(spec).toMatchObject({ interval: "1h", serviceAccountName: "deployer" });
  expect(spec).not.toHaveProperty("driftDetection");
});

test("apps of a cluster wait for one another by their Kustomizations, not by their releases", () => {
  const { apps } = cluster({ versions: "shop:\n  chart: 2.1.0\ndatabase:\n  chart: 1.0.0" });
  const database = new HelmApp(apps, "database", { chart });
  const shop = new HelmApp(apps, "shop", { chart, dependsOn: [database] });
  expect(shop.props.dependsOn).toEqual([database]);
  expect(manifests(apps)["HelmRelease/shop"].spec).not.toHaveProperty("dependsOn");
});

test("in someone else's chart it needs no fleet: versions are props, releases wait for releases", () => {
  const team = plainChart("team-a");
  const database = new HelmApp(team, "database", { chart, version: "1.0.0" });
  new HelmApp(team, "shop", {
    chart,
    version: "2.1.0",
    imageTag: "2.1.4",
    imageValue: "image.tag",
    dependsOn: [database, "cache"],
  });
  const release = manifests(team)["HelmRelease/shop"];
  expect(release.metadata.namespace).toBe("team-a");
  expect(release.spec).not.toHaveProperty("serviceAccountName");
  expect(release.spec.dependsOn).toEqual([{ name: "database" }, { name: "cache" }]);
});

test("a missing version names the file that it belongs into, or the prop", () => {
  const { apps } = cluster();
  expect(() => new HelmApp(apps, "shop", { chart })).toThrow(
    "apps/shop: the chart's version is missing: give it in clusters/london/versions.yaml, under apps",
  );
  expect(() => new HelmApp(plainChart(), "shop", { chart })).toThrow(
    "team/shop: the chart's version is missing: give it as a prop",
  );
});

test("a version that would have no effect is refused", () => {
  const made = (lines: string, props: Partial<HelmAppProps>) => () =>
    new HelmApp(cluster({ versions: lines }).apps, "shop", { chart, ...props });
  expect(made("shop:\n  chart: 2.1.0", { version: "2.2.0" })).toThrow(
    "the chart's version is given as a prop and in clusters/london/versions.yaml: remove one of them",
  );
  expect(made(versions, {})).toThrow(
    "the image's version is given (2.1.4), but not where the values have it",
  );
  expect(made("shop:\n  chart: 2.1.0\n  branch: main", {})).toThrow(
    "clusters/london/versions.yaml:3 gives what the source tracks, which the app does not read: remove it",
  );
});

test("an error names all that is wrong, and points at the line that made the app", () => {
  const { apps } = cluster({ versions });
  const here = new Error("here");
  let thrown: unknown;
  try {
    new HelmApp(apps, "shop", {
      chart: { repository: "charts.example.com", name: "shop" },
      imageValue: "image..tag",
      imageRepositories: { image: "shop:1" },
    });
  } catch (error) {
    thrown = error;
  }
  const error = thrown as Error;
  expect(error.message.split("\n")).toEqual([
    "apps/shop: 'charts.example.com' is no repository of charts: https://… or oci://…",
    "apps/shop: 'image..tag' is no path of a value, such as image.tag",
    "apps/shop: image 'shop:1' has its version in it: give that apart",
  ]);
  const place = firstPlace(here.stack!)!;
  expect(firstPlace(error.stack!)).toEqual({ file: place.file, line: place.line + 3 });
});

test("it remembers the line that made it", () => {
  const { apps } = cluster({ versions });
  expect(placeOf(new HelmApp(apps, "shop", { chart, imageValue: "image.tag" }))?.file).toBe(
    import.meta.filename,
  );
});

test("an id that cannot name a release is refused", () => {
  const { apps } = cluster();
  expect(() => new HelmApp(apps, "Shop", { chart, version: "1.0.0" })).toThrow("'Shop' is no DNS label");
  expect(() => new HelmApp(apps, "s".repeat(54), { chart, version: "1.0.0" })).toThrow(
    "the name of a Helm release has at most 53",
  );
});

test("a wait that nothing could keep is refused", () => {
  const web = { image: "registry.example.com/web", imageTag: "1.0.0" };
  expect(() => new WebApp(plainChart(), "web", { ...web, dependsOn: ["shop"] })).toThrow(
    "'dependsOn' has no effect outside a cluster's apps",
  );
});

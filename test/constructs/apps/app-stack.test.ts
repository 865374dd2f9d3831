/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-return -- manifests are looked into at any depth */
import { expect, test } from "vitest";
import {
  AppStack,
  HelmApp,
  KafkaCluster,
  KustomizeApp,
  Podinfo,
  WebApp,
} from "../../../constructs/apps/index.ts";
import { cluster, manifests, plainChart } from "./simulated-cluster.ts";

const chart = { repository: "oci://registry.example.com/charts", name: "part" };
const versions =
  "shop:\n  database:\n    chart: 16.4.0\n  backend:\n    chart: 2.1.0\n  web:\n    image: 3.0.0\n  kafka:\n    image: 4.3.1";

test("parts have names and versions below the stack's", () => {
  const { apps, used } = cluster({ versions });
  const shop = new AppStack(apps, "shop");
  new HelmApp(shop, "database", { chart });
  new WebApp(shop, "web", { image: "registry.example.com/shop/web" });
  new KafkaCluster(shop, "kafka");
  const made = manifests(apps);
  expect(made["OCIRepository/shop-database"].spec.ref).toEqual({ tag: "16.4.0" });
  expect(made["HelmRelease/shop-database"].spec).toMatchObject({
    releaseName: "shop-database",
    chartRef: { name: "shop-database" },
  });
  expect(made["Deployment/shop-web"].spec.template.spec.containers[0].image).toBe(
    "registry.example.com/shop/web:3.0.0",
  );
  expect(made["Kafka/shop-kafka"].spec.kafka.version).toBe("4.3.1");
  expect([...used].sort()).toEqual(["shop/database", "shop/kafka", "shop/web"]);
  expect(shop.parts.map(({ name }) => name)).toEqual(["shop-database", "shop-web", "shop-kafka"]);
});

test("two stacks may have parts of the same id", () => {
  const { apps } = cluster();
  for (const id of ["red", "blue"]) {
    const stack = new AppStack(apps, id);
    new Podinfo(stack, "web", { version: "6.14.1", host: `${id}.example.com`, issuer: "letsencrypt" });
  }
  const secret = (release: string) => manifests(apps)[release].spec.values.ingress.tls[0].secretName;
  expect([secret("HelmRelease/red-web"), secret("HelmRelease/blue-web")]).toEqual([
    "red-web-tls",
    "blue-web-tls",
  ]);
});

test("its releases wait for one another, by construct or by id", () => {
  const { apps } = cluster({ versions });
  const shop = new AppStack(apps, "shop");
  const database = new HelmApp(shop, "database", { chart });
  new HelmApp(shop, "backend", { chart, dependsOn: [database] });
  new HelmApp(shop, "worker", {
    chart,
    version: "1.0.0",
    dependsOn: ["database", "backend"],
    timeout: "20m",
  });
  const made = manifests(apps);
  expect(made["HelmRelease/shop-backend"].spec.dependsOn).toEqual([{ name: "shop-database" }]);
  expect(made["HelmRelease/shop-worker"].spec).toMatchObject({
    dependsOn: [{ name: "shop-database" }, { name: "shop-backend" }],
    timeout: "20m",
  });
});

test("Flux waits longer for a stack than for an app", () => {
  const { apps } = cluster();
  expect(new AppStack(apps, "shop").props.timeout).toBe("15m");
  expect(new AppStack(apps, "other", { timeout: "1h", dependsOn: ["shop"] }).props).toEqual({
    timeout: "1h",
    dependsOn: ["shop"],
  });
});

test("a wait that Flux could not keep is refused", () => {
  const { apps } = cluster({ versions });
  const outside = new HelmApp(apps, "outside", { chart, version: "1.0.0" });
  const shop = new AppStack(apps, "shop");
  const web = new WebApp(shop, "web", { image: "registry.example.com/shop/web" });
  const part = (id: string, dependsOn: (string | typeof web | typeof outside)[]) => () =>
    new HelmApp(shop, id, { chart, version: "1.0.0", dependsOn });
  expect(part("a", [web])).toThrow(
    "apps/shop/a: waits for 'web', but a HelmRelease can wait for a HelmRelease only: make two apps of them",
  );
  expect(part("b", [outside])).toThrow(
    "waits for 'outside', which is no part of the same app: give that to the whole app's 'dependsOn'",
  );
  expect(part("c", ["databse"])).toThrow(
    "waits for 'databse', but nothing of that id was made beside it before",
  );
  expect(() => new WebApp(shop, "d", { image: "web", dependsOn: [web] })).toThrow(
    "'dependsOn' has no effect on a part of it: give it to 'shop'",
  );
  const source = { url: "https://git.example.com/a.git" };
  const database = new HelmApp(shop, "database", { chart });
  expect(
    () => new KustomizeApp(shop, "e", { source, track: { branch: "main" }, dependsOn: [database] }),
  ).toThrow("a Kustomization can wait for a Kustomization only");
});

test("what Flux does with the whole cannot be said of a part", () => {
  const { apps } = cluster({ versions });
  const shop = new AppStack(apps, "shop");
  expect(() => new HelmApp(shop, "database", { chart, outputs: ["role_arn"], kustomization: {} })).toThrow(
    "Flux applies all of 'shop' as one, so 'outputs' has no effect on a part of it: give it to 'shop'\napps/shop/database: Flux applies all of 'shop' as one, so 'kustomization'",
  );
});

test("it stands in someone else's chart", () => {
  const team = plainChart();
  const shop = new AppStack(team, "shop");
  const database = new HelmApp(shop, "database", { chart, version: "1.0.0" });
  new HelmApp(shop, "backend", { chart, version: "1.0.0", dependsOn: [database] });
  expect(manifests(team)["HelmRelease/shop-backend"].spec.dependsOn).toEqual([{ name: "shop-database" }]);
});

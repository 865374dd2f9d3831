import type { Construct } from "constructs";
import { expect, test } from "vitest";
import {
  AppStack,
  HelmApp,
  MockServer,
  realOrMock,
  type RealOrMockProps,
} from "../../../constructs/apps/index.ts";
import { cluster, manifests, plainChart } from "./simulated-cluster.ts";

const chart = { repository: "oci://registry.example.com/charts", name: "payments" };
const versions = "payments:\n  chart: 1.0.0";
const payments: RealOrMockProps<HelmApp, MockServer> = {
  mockIn: [{ name: "development" }, "sandbox"],
  real: (scope: Construct, id: string) => new HelmApp(scope, id, { chart }),
  mock: (scope: Construct, id: string) => new MockServer(scope, id, { routes: [{ path: "/charges" }] }),
};

test.each([
  ["production", "HelmRelease/payments"],
  ["development", "Service/payments"],
  ["sandbox", "Service/payments"],
])("in %s it is %s", (type, object) => {
  const { apps, used } = cluster({ type, versions });
  realOrMock(apps, "payments", payments);
  expect(manifests(apps)).toHaveProperty([object]);
  // versions.yaml is the same in a sandbox as in its source: its entry must not be in the way there.
  expect([...used]).toEqual(["payments"]);
});

test("what is asked for wins over the type", () => {
  const real = cluster({ type: "sandbox", versions }).apps;
  expect(realOrMock(real, "payments", { ...payments, mocked: false })).toBeInstanceOf(HelmApp);
  const mock = cluster({ type: "production", versions }).apps;
  expect(realOrMock(mock, "payments", { ...payments, mocked: true })).toBeInstanceOf(MockServer);
});

test("others wait for either alike", () => {
  for (const type of ["production", "sandbox"]) {
    const { apps } = cluster({ type, versions });
    const made = realOrMock(apps, "payments", payments);
    expect(made.node.path).toBe("apps/payments");
    expect(new HelmApp(apps, "shop", { chart, version: "1.0.0", dependsOn: [made] }).props.dependsOn).toEqual(
      [made],
    );
  }
});

test("a mock of a whole stack leaves the versions of its parts unread, without complaint", () => {
  const { apps, used } = cluster({
    type: "sandbox",
    versions: "payments:\n  api:\n    chart: 1.0.0\n  ledger:\n    chart: 2.0.0\npaymentsx:\n  chart: 1.0.0",
  });
  realOrMock(apps, "payments", { ...payments, real: (scope, id) => new AppStack(scope, id) });
  expect([...used].sort()).toEqual(["payments/api", "payments/ledger"]);
});

test("outside a cluster it has to be said", () => {
  const team = plainChart();
  expect(() => realOrMock(team, "payments", payments)).toThrow("team/payments: it stands in no cluster");
  expect(realOrMock(team, "payments", { ...payments, mocked: true })).toBeInstanceOf(MockServer);
});

/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-return, @typescript-eslint/no-unsafe-argument -- manifests are looked into at any depth */
import { expect, test } from "vitest";
import { MockServer, type MockServerProps } from "../../../constructs/apps/index.ts";
import { cluster, manifests, type Simulation } from "./simulated-cluster.ts";

function objects(props: MockServerProps, simulation: Simulation = {}) {
  const { apps } = cluster(simulation);
  new MockServer(apps, "payments", props);
  return manifests(apps);
}
const mappings = (props: MockServerProps) =>
  (JSON.parse(objects(props)["ConfigMap/payments"].data["routes.json"]) as { mappings: object[] }).mappings;
const pod = (props: MockServerProps, simulation?: Simulation) =>
  objects(props, simulation)["Deployment/payments"].spec.template;

test("it answers as told, the first route that fits", () => {
  expect(
    mappings({
      routes: [
        { method: "POST", path: "/charges", status: 201, body: { id: "ch_1" }, delay: 200 },
        { path: "/charges/{id}", body: "gone", status: 410, headers: { "Content-Type": "text/plain" } },
      ],
    }),
  ).toEqual([
    {
      priority: 1,
      request: { method: "POST", urlPath: "/charges" },
      response: {
        status: 201,
        jsonBody: { id: "ch_1" },
        headers: { "Content-Type": "application/json" },
        fixedDelayMilliseconds: 200,
      },
    },
    {
      priority: 2,
      request: { method: "ANY", urlPathTemplate: "/charges/{id}" },
      response: { status: 410, body: "gone", headers: { "Content-Type": "text/plain" } },
    },
  ]);
});

test("it has the name and port by which the real one is called", () => {
  const routes = [{ path: "/" }];
  expect(objects({ routes })["Service/payments"].spec.ports).toEqual([
    { name: "http", port: 80, targetPort: "http" },
  ]);
  const made = objects({ routes, serviceName: "payments-api", servicePort: 9898 })["Service/payments-api"];
  expect(made.spec.ports[0].port).toBe(9898);
  expect(made.spec.selector).toEqual(pod({ routes }).metadata.labels);
});

test("a changed route makes a new pod, the same routes do not", () => {
  const hash = (path: string) => pod({ routes: [{ path }] }).metadata.annotations["sluice.dev/routes"];
  expect(hash("/a")).toBe(hash("/a"));
  expect(hash("/a")).not.toBe(hash("/b"));
});

test("its image has a version of its own, not the real one's, and comes through the mirror", () => {
  const versions = "payments:\n  image: 2.1.4";
  const image = (simulation: Simulation) =>
    pod({ routes: [{ path: "/" }] }, simulation).spec.containers[0].image;
  expect(image({ versions })).toMatch(/^docker\.io\/wiremock\/wiremock:\d+\.\d+\.\d+/);
  expect(image({ mirror: { images: "mirror.internal" } })).toMatch(
    /^mirror\.internal\/docker\.io\/wiremock\/wiremock:/,
  );
});

test("its pod meets the restricted Pod Security Standard", () => {
  const { spec } = pod({ routes: [{ path: "/" }] });
  expect(spec.securityContext).toMatchObject({
    runAsNonRoot: true,
    runAsUser: 1000,
    seccompProfile: { type: "RuntimeDefault" },
  });
  expect(spec.containers[0].securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  });
});

test("routes that could never answer are refused", () => {
  expect(() => objects({ routes: [] })).toThrow("apps/payments: it has no routes");
  expect(() => objects({ routes: [{ path: "charges" }] })).toThrow(
    "route any charges: the path begins with '/'",
  );
  expect(() => objects({ routes: [{ method: "GET", path: "/charges?a=b" }] })).toThrow(
    "route GET /charges?a=b: the path has no query",
  );
  expect(() => objects({ routes: [{ path: "/", status: 1000 }] })).toThrow("1000 is no status of HTTP");
});

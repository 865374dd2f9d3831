import { expect, test } from "vitest";
import { normalise } from "../../../lib/simulate/normalise.ts";
import { deployment, type Manifest, simulated, unit, widget, definition } from "./support.ts";

const sent = (object: Manifest) => normalise(object, "1.35");

test("what Kubernetes does not know of its own kinds is gone, at any depth", () => {
  const container = { name: "main", image: "a", imagePullPolcy: "Always" };
  const object = deployment("a", { replica: 2 }, { containers: [{ name: "first", image: "b" }, container] });
  const spec = sent(object)["spec"] as { template: { spec: Manifest } };
  expect(spec).not.toHaveProperty("replica");
  expect(spec.template.spec["containers"]).toEqual([
    { name: "first", image: "b" },
    { name: "main", image: "a" },
  ]);
  expect(object["spec"]).toHaveProperty("replica", 2);
});

test.each<[string, Manifest]>([
  ["an object without such fields", deployment("a")],
  ["a custom object", widget("a", { colour: "red" })],
  ["a definition", { ...definition(), other: 1 }],
  ["what has text where a number belongs", deployment("a", { replica: 1, replicas: "two" })],
])("%s is sent as it is", (_, object) => {
  expect(sent(object)).toBe(object);
});

test("a value that only the stack knows is no reason to send it as it is", () => {
  expect(sent(deployment("a", { replica: 1, replicas: "⟨stack:replicas⟩" }))["spec"]).not.toHaveProperty(
    "replica",
  );
});

test("the object in the cluster does not have them, and its Kustomization is Ready", () => {
  const { ready, simulation } = simulated({
    "cluster/all.yaml": [unit("a")],
    "a/a.yaml": [deployment("web", { replica: 2 })],
  });
  expect(ready).toContain("a");
  const object = simulation.world.get("apps/v1", "Deployment", "default", "web")!.object;
  expect(object["spec"]).not.toHaveProperty("replica");
});

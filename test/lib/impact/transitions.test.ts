import { expect, test } from "vitest";
import { Git } from "../../../lib/git/git.ts";
import { openClusters } from "../../../lib/effective/open.ts";
import { reviewImpact } from "../../../lib/impact/review.ts";
import { wholeImpact } from "../../../lib/impact/transitions.ts";
import { temporaryFolder } from "../../support/fleet.ts";
import { TextRepository } from "../../support/text-repository.ts";
import { widgetDefinition } from "../../support/widgets.ts";

/** Widgets whose size changes by a rule, and that have a list by keys. @param more of the rule, such as its reason */
const definition = (rule: string, more = "") => {
  const rules = `x-kubernetes-validations: [{ rule: ${JSON.stringify(rule)}, message: size cannot shrink${more} }]`;
  const port = `{ type: object,
            x-kubernetes-validations: [{ rule: self.number == oldSelf.number, message: a port keeps its number }],
            properties: { name: { type: string }, number: { type: integer } } }`;
  return widgetDefinition(`{ type: object, properties: {
            size: { type: integer, ${rules} },
            ports: { type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [name], items: ${port} } } }`);
};
const widget = (spec: string, annotations = "") =>
  `apiVersion: example.com/v1\nkind: Widget\nmetadata: { name: a, namespace: apps${annotations} }\nspec: ${spec}\n`;
const shrinks = definition("self >= oldSelf");

/** What deserves a second look when a widget changes. */
async function dangers(before: string, after: string, crd = shrinks): Promise<readonly string[]> {
  const repository = new TextRepository(temporaryFolder());
  repository.git("remote", "add", "origin", "git@git.example.com:fleet.git");
  const path = "clusters/production";
  const files = (object: string) =>
    new Map([
      [`${path}/crd.yaml`, crd],
      [`${path}/widget.yaml`, object],
    ]);
  repository.commit(files(before));
  repository.commit(files(after), "refs/heads/change");
  const git = new Git(repository.root);
  const { clusters } = await reviewImpact(git, { base: "main", head: "change", paths: [path] });
  const { dangers } = clusters[0]!.changes[0]!;
  // A sandbox is compared by itself.
  const [old, now] = await Promise.all(
    ["main", "change"].map(async (head) => (await openClusters(git, { head, paths: [path] }))[0]!),
  );
  expect((await wholeImpact("production", old!, now!))!.changes[0]!.dangers).toEqual(dangers);
  return dangers;
}

test("a change that breaks a rule about changes is told to be refused", async () => {
  expect(await dangers(widget("{ size: 3 }"), widget("{ size: 2 }"))).toEqual([
    "cannot be changed (spec.size: size cannot shrink): the API server refuses it and its Kustomization fails",
  ]);
});

test("one that keeps it is not", async () => {
  expect(await dangers(widget("{ size: 3 }"), widget("{ size: 4 }"))).toEqual([]);
});

test("what was not there before has not changed", async () => {
  expect(await dangers(widget("{ ports: [] }"), widget("{ size: 4 }"))).toEqual([]);
});

test("by force it is made anew", async () => {
  const forced = ", annotations: { kustomize.toolkit.fluxcd.io/force: enabled }";
  expect(await dangers(widget("{ size: 3 }", forced), widget("{ size: 2 }", forced))).toEqual([
    "cannot be changed in place (spec.size: size cannot shrink): Flux deletes it and makes it anew",
  ]);
});

test("annotations may be empty", async () => {
  expect(
    await dangers(widget("{ size: 3 }", ", annotations:"), widget("{ size: 2 }", ", annotations:")),
  ).toHaveLength(1);
});

test("what has a default is there without being given", async () => {
  const fixed = widgetDefinition(
    "{ type: object, properties: { mode: { type: string, default: A, x-kubernetes-validations: [{ rule: self == oldSelf, message: is fixed }] } } }",
  );
  const [none, a, b] = ["{ }", "{ mode: A }", "{ mode: B }"].map((spec) => widget(spec)) as [
    string,
    string,
    string,
  ];
  expect(await dangers(none, b, fixed)).toEqual([expect.stringContaining("spec.mode: is fixed")]);
  expect(await dangers(b, none, fixed)).toEqual([expect.stringContaining("spec.mode: is fixed")]);
  expect(await dangers(none, a, fixed)).toEqual([]);
});

test("items of a list are compared by their keys", async () => {
  const old = widget("{ ports: [{ name: a, number: 1 }, { name: b, number: 2 }] }");
  expect(await dangers(old, widget("{ ports: [{ name: b, number: 2 }, { name: a, number: 1 }] }"))).toEqual(
    [],
  );
  expect(await dangers(old, widget("{ ports: [{ name: b, number: 1 }] }"))).toEqual([
    "cannot be changed (spec.ports[0]: a port keeps its number): the API server refuses it and its Kustomization fails",
  ]);
});

test("what is new is held against rules about there having been nothing", async () => {
  const whole = definition("true").replace(
    "{ type: object, properties: {",
    "{ type: object, x-kubernetes-validations: [{ rule: oldSelf.hasValue() || self.size == 1, message: begin with 1, optionalOldSelf: true }], properties: {",
  );
  expect(await dangers("", widget("{ size: 2 }"), whole)).toEqual([
    "cannot be made (spec: begin with 1): the API server refuses it and its Kustomization fails",
  ]);
  expect(await dangers("", widget("{ size: 1 }"), whole)).toEqual([]);
});

test("a rule may be about there having been nothing", async () => {
  const once = definition("oldSelf.hasValue() || self == 1", ", optionalOldSelf: true");
  expect(await dangers(widget("{ ports: [] }"), widget("{ size: 2 }"), once)).toHaveLength(1);
  expect(await dangers(widget("{ ports: [] }"), widget("{ size: 1 }"), once)).toEqual([]);
  expect(await dangers(widget("{ size: 1 }"), widget("{ size: 2 }"), once)).toEqual([]);
});

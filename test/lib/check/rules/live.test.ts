import { expect, it } from "vitest";
import { live } from "../../../../lib/check/rules/live.ts";
import { clustersOf, object } from "./rule-cases.ts";

it("tells what the clusters said, and nothing where nobody was asked", () => {
  const clusters = clustersOf(object("v1", "ConfigMap", "a"));
  expect(live.check({ clusters })).toEqual([]);
  const said = { cluster: "test", message: "denied" };
  expect(live.check({ clusters, live: [said] })).toEqual([said]);
});

import { describe, expect, it } from "vitest";
import { eks, existing, kind, kwok, type Provider } from "../../../lib/fleet/providers.ts";
import { contextOf } from "../../../lib/status/contexts.ts";

const contexts = [
  { name: "kind-development", cluster: "kind-development" },
  { name: "kwok-edge", cluster: "kwok-edge" },
  {
    name: "somebody's own name",
    cluster: "arn:aws:eks:eu-west-2:111122223333:cluster/production",
  },
  { name: "arn-elsewhere", cluster: "arn:aws:eks:us-east-1:111122223333:cluster/staging" },
  { name: "me@canary.eu-west-2.eksctl.io", cluster: "canary.eu-west-2.eksctl.io" },
];

describe("the context that leads to a cluster", () => {
  it.each<[string, Provider, string | undefined]>([
    ["development", kind(), "kind-development"],
    ["edge", kwok(), "kwok-edge"],
    ["edge", kind(), undefined],
    ["production", eks({ region: "eu-west-2" }), "somebody's own name"],
    ["canary", eks({ region: "eu-west-2" }), "me@canary.eu-west-2.eksctl.io"],
    // A cluster of the same name in another region is another cluster.
    ["staging", eks({ region: "eu-west-2" }), undefined],
    // The definition's word, whether or not it is there: what is missing is told by name.
    ["laptop", existing({ context: "docker-desktop" }), "docker-desktop"],
  ])("of %s (%o) is %s", (name, provider, expected) => {
    expect(contextOf({ name, provider }, contexts)).toBe(expected);
  });
});

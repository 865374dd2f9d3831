import { describe, expect, it } from "vitest";
import type { BundleClass } from "../../lib/fleet/fleet.ts";
import { defineVariables, number, text } from "../../lib/fleet/variables.ts";
import type { StackOutputs } from "../../stacks/cluster-stack.ts";
import { clusterStack } from "../../stacks/cluster-stack.ts";

const _variables = defineVariables({
  domain: text(),
  vpc: text({ from: "stack" }),
  zones: number({ from: "stack", default: 1 }),
});
const _others = defineVariables({ bucket: text({ from: "stack" }) });
type Platform = BundleClass<typeof _variables, readonly []>;
type Shop = BundleClass<typeof _others, readonly []>;

/** Never called: that it compiles, and what in it does not, is the test. */
export const stacks = (platform: Platform, shop: Shop) => [
  clusterStack({ bundles: [platform], outputs: () => ({ vpc: "v", zones: 3 }) }),
  // A provider that has none says so.
  clusterStack({ bundles: [platform], outputs: () => ({ vpc: "v", zones: undefined }) }),
  // More than the bundles ask for is for the apps.
  clusterStack({ bundles: [platform], outputs: () => ({ vpc: "v", zones: 3, queue: "q" }) }),
  clusterStack({ bundles: [platform, shop], outputs: () => ({ vpc: "v", zones: 3, bucket: "b" }) }),
  // @ts-expect-error zones is missing
  clusterStack({ bundles: [platform], outputs: () => ({ vpc: "v" }) }),
  // @ts-expect-error vpc is misspelt, so it is missing
  clusterStack({ bundles: [platform], outputs: () => ({ vpd: "v", zones: 3 }) }),
  // @ts-expect-error zones is a number
  clusterStack({ bundles: [platform], outputs: () => ({ vpc: "v", zones: "3" }) }),
  // @ts-expect-error the shop's bucket is missing
  clusterStack({ bundles: [platform, shop], outputs: () => ({ vpc: "v", zones: 3 }) }),
];

describe("the outputs of a stack", () => {
  it("are typed by what the bundles expect from it, and by nothing else", () => {
    const outputs: StackOutputs<Platform> = { vpc: "v", zones: 3 };
    // @ts-expect-error the domain comes from git
    const wrong: StackOutputs<Platform> = { vpc: "v", zones: 3, domain: "d" };
    expect(Object.keys(outputs)).toEqual(["vpc", "zones"]);
    expect(wrong).toBeDefined();
  });
});

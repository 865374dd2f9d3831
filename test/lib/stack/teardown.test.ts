import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deletionOrder, type FluxCluster, type Owner, plainTeardown } from "../../../lib/stack/teardown.ts";

const owner = (kind: Owner["kind"], name: string, more: Partial<Owner> = {}): Owner => ({
  id: `${kind}/flux-system/${name}`,
  kind,
  namespace: "flux-system",
  name,
  dependsOn: [],
  parent: undefined,
  suspended: false,
  ...more,
});
const root = "Kustomization/flux-system/flux-system";
const kustomization = (name: string, dependsOn: string[] = [], parent: string | undefined = root) =>
  owner("Kustomization", name, {
    dependsOn: dependsOn.map((other) => `Kustomization/flux-system/${other}`),
    parent,
  });

/** A reference cluster in small: the platform with two layers, an app, and a release in each. */
const cluster: readonly Owner[] = [
  owner("Kustomization", "flux-system"),
  kustomization("platform"),
  kustomization("platform-services", [], "Kustomization/flux-system/platform"),
  kustomization("platform-configs", ["platform-services"], "Kustomization/flux-system/platform"),
  kustomization("apps", ["platform"]),
  kustomization("web", [], "Kustomization/flux-system/apps"),
  owner("HelmRelease", "traefik", { parent: "Kustomization/flux-system/platform-services" }),
  owner("HelmRelease", "web", { parent: "Kustomization/flux-system/web" }),
];

/** A cluster in memory whose un-suspended Kustomizations re-create what they apply, as the real ones do. */
class Pretended implements FluxCluster {
  readonly log: string[] = [];
  readonly owners_ = new Map<string, Owner>();
  readonly all: readonly Owner[];
  readonly stuck: ReadonlySet<string>;
  readonly withFlux: boolean;
  readonly orphaned: string[] = [];
  constructor(all: readonly Owner[], stuck: readonly string[] = [], withFlux = false) {
    this.all = all;
    for (const each of all) this.owners_.set(each.id, each);
    this.stuck = new Set(stuck);
    this.withFlux = withFlux;
  }
  #heal() {
    for (const each of this.all)
      if (each.parent !== undefined && !this.owners_.has(each.id)) {
        const parent = this.owners_.get(each.parent);
        if (parent !== undefined && !parent.suspended && !this.log.includes(`delete ${parent.id}`))
          this.owners_.set(each.id, each);
      }
  }
  owners() {
    this.#heal();
    return Promise.resolve([...this.owners_.values()]);
  }
  appliesFlux(each: Owner) {
    return Promise.resolve(this.withFlux && each.id === root);
  }
  suspend(each: Owner, suspended: boolean) {
    this.log.push(`${suspended ? "suspend" : "resume"} ${each.id}`);
    this.owners_.set(each.id, { ...this.owners_.get(each.id)!, suspended });
    return Promise.resolve();
  }
  hold(each: Owner) {
    this.log.push(`hold ${each.id}`);
    this.owners_.set(each.id, { ...this.owners_.get(each.id)!, suspended: false });
    return Promise.resolve();
  }
  delete(each: Owner) {
    this.log.push(`delete ${each.id}`);
    if (this.owners_.get(each.id)!.suspended) this.orphaned.push(each.id);
    if (!this.stuck.has(each.id)) this.owners_.delete(each.id);
    return Promise.resolve();
  }
  exists(each: Owner) {
    this.#heal();
    return Promise.resolve(this.owners_.has(each.id));
  }
  operator() {
    return Promise.resolve();
  }
}
const clock = () => {
  let now = 0;
  return { now: () => now, sleep: (milliseconds: number) => Promise.resolve(void (now += milliseconds)) };
};
const run = async (pretended: Pretended, seconds = 60) => {
  const lines: string[] = [];
  return {
    left: await plainTeardown(pretended, clock()).run((line) => lines.push(line), { seconds }),
    lines,
  };
};

describe("the plain teardown", () => {
  it("deletes apps before the platform, a layer before what it depends on, releases before what applies them", async () => {
    const pretended = new Pretended(cluster);
    expect((await run(pretended)).left).toEqual([]);
    const deleted = pretended.log
      .filter((line) => line.startsWith("delete"))
      .map((line) => line.split("/").at(-1));
    const at = (name: string) => deleted.indexOf(name);
    expect(at("web")).toBeLessThan(at("apps"));
    expect(at("apps")).toBeLessThan(at("platform-configs"));
    expect(at("platform-configs")).toBeLessThan(at("traefik"));
    expect(at("traefik")).toBeLessThan(at("platform-services"));
    expect(at("platform-services")).toBeLessThan(at("platform"));
    expect(deleted.at(-1)).toBe("flux-system");
  });

  it("suspends the root before all else, deletes nothing that is suspended, and nothing comes back", async () => {
    const pretended = new Pretended(cluster.map((each) => ({ ...each, suspended: each.name === "traefik" })));
    expect((await run(pretended)).left).toEqual([]);
    expect(pretended.log[0]).toBe(`suspend ${root}`);
    expect(pretended.orphaned).toEqual([]);
    expect(pretended.owners_.size).toBe(0);
  });

  it("leaves a root that applies Flux itself, suspended, and says so", async () => {
    const pretended = new Pretended(cluster, [], true);
    const { left, lines } = await run(pretended);
    expect(left).toEqual([]);
    expect([...pretended.owners_.keys()]).toEqual([root]);
    expect(lines.at(-1)).toContain("stays, suspended");
  });

  it("stops at its limit, says what is left, and goes on from there when it is run again", async () => {
    const release = "HelmRelease/flux-system/traefik";
    const pretended = new Pretended(cluster, [release]);
    const { left } = await run(pretended);
    expect(left).toContain(release);
    expect(left).toContain("Kustomization/flux-system/platform-services (suspended)");
    const again = new Pretended([...pretended.owners_.values()]);
    expect((await run(again)).left).toEqual([]);
    expect(again.orphaned).toEqual([]);
  });

  it("has nothing to do where there is no Flux", async () => {
    expect(await run(new Pretended([]))).toEqual({
      left: [],
      lines: ["nothing to take down: Flux applies nothing here"],
    });
  });

  it("keeps every order that dependsOn and parents ask for, in any fleet", () => {
    const graph = fc.integer({ min: 1, max: 12 }).chain((size) =>
      fc.tuple(
        ...Array.from({ length: size }, (_, index) =>
          fc.record({
            dependsOn: fc.subarray(Array.from({ length: index }, (__, other) => other)),
            parent: fc.option(fc.nat({ max: Math.max(0, index - 1) })),
          }),
        ),
      ),
    );
    fc.assert(
      fc.property(graph, (nodes) => {
        const owners = nodes.map(({ dependsOn, parent }, index) =>
          owner("Kustomization", String(index), {
            dependsOn: dependsOn.map((other) => `Kustomization/flux-system/${other}`),
            parent: parent === null || index === 0 ? undefined : `Kustomization/flux-system/${parent}`,
          }),
        );
        const order = deletionOrder(owners).map(({ id }) => id);
        expect(order.toSorted()).toEqual(owners.map(({ id }) => id).toSorted());
        for (const each of owners)
          if (each.parent !== undefined)
            expect(order.indexOf(each.id)).toBeLessThan(order.indexOf(each.parent));
        for (const each of owners)
          for (const other of each.dependsOn)
            expect(order.indexOf(each.id)).toBeLessThan(order.indexOf(other));
      }),
      { numRuns: 300 },
    );
  });
});

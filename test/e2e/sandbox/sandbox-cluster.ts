import { expect } from "vitest";
import { run } from "../../support/fleet.ts";
import type { ControlPlane } from "../control-plane/index.ts";
import { core, missingTools } from "../pulumi/live-fleets.ts";
import { bootstrap, type FluxInstance, fluxInstance, startSync } from "../support/bootstrap.ts";
import { changes, type ClusterState, everything, settled } from "../support/cluster-state.ts";
import type { StoryFleet } from "../support/story-fleet.ts";

/** Whether stacks are run by Pulumi's own engine; where it is not, what a stack does is done by hand. */
export const engine = missingTools().length === 0;

/** A control plane that is a sandbox's cluster: somebody else made it, and it is there when the sandbox has gone. */
export class SandboxCluster {
  readonly #fleet: StoryFleet;
  readonly #plane: ControlPlane;
  readonly #name: string;
  /** What it had before the sandbox. */
  readonly #idle: ClusterState;

  private constructor(fleet: StoryFleet, plane: ControlPlane, name: string, idle: ClusterState) {
    this.#fleet = fleet;
    this.#plane = plane;
    this.#name = name;
    this.#idle = idle;
  }

  static async of(fleet: StoryFleet, plane: ControlPlane, name: string): Promise<SandboxCluster> {
    return new SandboxCluster(fleet, plane, name, await settled(plane));
  }

  /** Attaches the cluster to git, as the branch that is checked out has the sandbox. */
  async up(): Promise<void> {
    if (!engine) return bootstrap(this.#plane, this.#fleet, this.#name);
    await this.#fleet.sluice("sandbox", "up", this.#name);
    // The configuration that Pulumi wrote is in nobody's way.
    expect(this.#fleet.repository.git("status", "--porcelain")).toBe("");
    const instance = await this.#plane.client.get(fluxInstance);
    await startSync(this.#plane.client, instance as unknown as FluxInstance);
  }

  /**
   * Deletes the sandbox with its cluster's contents.
   * @param args of the command that does it all where Pulumi is there
   */
  async remove(...args: readonly string[]): Promise<string> {
    if (engine) return this.#fleet.sluice("sandbox", ...args);
    // The first thing that a destroy of the stack runs, then what of the stack's own is in the cluster.
    const { code, stdout, stderr } = await run(
      process.execPath,
      ["stacks/teardown-run.ts"],
      this.#fleet.repository.root,
      { SLUICE_KUBECONFIG: this.#plane.kubeconfig, SLUICE_CLUSTER: this.#name, SLUICE_CLUSTER_GOES: "false" },
    );
    if (code !== 0) throw new Error(stdout + stderr);
    for (const object of [
      fluxInstance,
      ...["flux-system", "registry", "release-keys"].map((name) => core("Secret", name)),
    ])
      if ((await this.#plane.client.get(object)) !== undefined) await this.#plane.client.delete(object);
    return this.#fleet.sluice("sandbox", "delete", this.#name, "--keep-cluster");
  }

  /** The stacks that there are. */
  async stacks(): Promise<unknown> {
    const { repository, environment } = this.#fleet;
    const { stdout } = await run("pulumi", ["stack", "ls", "--json"], repository.root, environment);
    return JSON.parse(stdout);
  }

  /** Nothing of the sandbox is in its cluster, in the state of a stack, on this machine, or in a list. */
  async expectNothingLeft(): Promise<void> {
    expect(changes(this.#idle, await everything(this.#plane))).toEqual([]);
    const objects = await this.#plane.client.everything();
    const naming = objects.filter(
      (object) => object.kind !== "Event" && JSON.stringify(object).includes(this.#name),
    );
    expect(naming).toEqual([]);
    expect(this.#fleet.repository.git("status", "--porcelain", "--ignored")).toBe("!! node_modules");
    if (!engine) return;
    expect(await this.stacks()).toEqual([]);
    const list = JSON.parse(await this.#fleet.sluice("sandbox", "list", "--json")) as Record<string, unknown>;
    expect(list).toEqual({ sandboxes: [], strays: [], notices: [] });
  }
}

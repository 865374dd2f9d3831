import { join } from "node:path";
import { dump, load } from "js-yaml";
import type { ClusterStatus } from "../../../lib/status/index.ts";
import { cloneOfReference } from "../../support/clone.ts";
import type { TestFleet } from "../../support/fleet.ts";
import type { ControlPlane } from "../control-plane/index.ts";

interface Kubeconfig {
  contexts: { name: string; context: { cluster: string; user: string } }[];
  clusters: { name: string; cluster: Record<string, unknown> }[];
  [field: string]: unknown;
}

/** The fleet of this repository with a sandbox `lab`, as `sluice status` sees it. */
export class StatusOfFleet {
  readonly #fleet: TestFleet;

  private constructor(fleet: TestFleet) {
    this.#fleet = fleet;
  }

  /**
   * @param plane what runs as the clusters development and lab; production is where nobody listens, and to others
   * no context leads
   */
  static async of(plane: ControlPlane): Promise<StatusOfFleet> {
    const fleet = cloneOfReference();
    const { code, stderr } = await fleet.sluice(
      ...["sandbox", "create", "lab", "--from", "development", "--branch", "lab", "--provider", "kind"],
      ...["--owner", "alice@example.com", "--expires", "2w"],
    );
    if (code !== 0) throw new Error(stderr);
    const config = load(plane.kubeconfig) as Kubeconfig;
    const { user, cluster } = config.contexts[0]!.context;
    const production = "arn:aws:eks:eu-west-2:111122223333:cluster/production";
    fleet.write({
      ".git/kubeconfig": dump({
        ...config,
        clusters: [...config.clusters, { name: production, cluster: { server: "https://127.0.0.1:1" } }],
        contexts: [
          { name: "kind-development", context: { cluster, user } },
          { name: "kind-lab", context: { cluster, user } },
          { name: production, context: { cluster: production, user } },
        ],
      }),
    });
    return new StatusOfFleet(fleet);
  }

  /** What `sluice status` prints. */
  async lines(...args: readonly string[]): Promise<string[]> {
    const file = join(this.#fleet.root, ".git/kubeconfig");
    const { code, stdout, stderr } = await this.#fleet.sluice("status", "--kubeconfig", file, ...args);
    if (code !== 0 || stderr !== "") throw new Error(`exit code ${code}: ${stderr}`);
    return stdout.trimEnd().split("\n");
  }

  /** What `sluice status --json` prints, by cluster. */
  async rows(): Promise<ReadonlyMap<string, ClusterStatus>> {
    const { clusters } = JSON.parse((await this.lines("--json")).join("\n")) as { clusters: ClusterStatus[] };
    return new Map(clusters.map((row) => [row.cluster, row]));
  }
}

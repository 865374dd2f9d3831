import type { IGitRepositorySpec } from "./newer.ts";
import type { Construct } from "constructs";
import { FluxObject, type SpecProps } from "./flux-object.ts";

/** The spec of a GitRepository, and what every construct takes. */
export type GitRepositoryProps = SpecProps<IGitRepositorySpec, "interval">;

/** A git repository at a branch, tag, range or commit, as a source. Looked at every minute unless `interval` says otherwise. */
export class GitRepository extends FluxObject {
  declare readonly kind: "GitRepository";

  constructor(scope: Construct, id: string, props: GitRepositoryProps) {
    super(
      scope,
      id,
      "source.toolkit.fluxcd.io/v1",
      "GitRepository",
      { ...props },
      { interval: "1m", timeout: "60s" },
    );
  }
}

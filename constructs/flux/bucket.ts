import type { IBucketSpec } from "@kubernetes-models/flux-cd/source.toolkit.fluxcd.io/v1/BucketSpec";
import type { Construct } from "constructs";
import { FluxObject, type SpecProps } from "./flux-object.ts";

/** The spec of a Bucket, and what every construct takes. */
export type BucketProps = SpecProps<IBucketSpec, "interval">;

/** An object store's bucket, as a source. */
export class Bucket extends FluxObject {
  declare readonly kind: "Bucket";

  constructor(scope: Construct, id: string, props: BucketProps) {
    super(
      scope,
      id,
      "source.toolkit.fluxcd.io/v1",
      "Bucket",
      { ...props },
      { interval: "5m", timeout: "60s" },
    );
  }
}

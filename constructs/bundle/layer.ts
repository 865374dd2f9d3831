import type { IKustomizationSpec } from "@kubernetes-models/flux-cd/kustomize.toolkit.fluxcd.io/v1/KustomizationSpec";
import { Chart } from "cdk8s";
import type { Construct, IConstruct } from "constructs";
import { rememberPlace } from "../../lib/fleet/place.ts";

/** How Flux applies a layer. */
export interface LayerProps {
  /** Layers of the same bundle that have to be Ready first. */
  readonly dependsOn?: readonly Layer[];
  /** How often Flux looks for drift, such as `10m`. @default 10m */
  readonly interval?: string;
  /** How long Flux waits for the layer to be Ready. @default 5m */
  readonly timeout?: string;
  /** When custom objects are Ready whose kind does not say it in the usual place, in CEL. @default their Ready condition */
  readonly healthCheckExprs?: NonNullable<IKustomizationSpec["healthCheckExprs"]>;
}

/**
 * Part of a bundle that becomes one Flux Kustomization, which the bundle ships itself. Each direct child is a
 * file. It is Ready when all of its objects are.
 */
export class Layer extends Chart {
  /** Whether a construct is a layer. (`instanceof` is not to be used: cdk8s makes it true for every chart.) */
  static isLayer(construct: IConstruct): construct is Layer {
    return "bundleFolder" in construct && construct.bundleFolder === "layer";
  }

  readonly bundleFolder = "layer";
  readonly name: string;
  readonly props: LayerProps;
  readonly #dependsOn: Layer[];

  /** @param name the layer's name, a DNS label: its folder's, and with the bundle's its Kustomization's */
  constructor(bundle: Construct, name: string, props: LayerProps = {}) {
    super(bundle, name, { disableResourceNameHashes: true });
    rememberPlace(this, new.target);
    this.name = name;
    this.props = props;
    this.#dependsOn = [...(props.dependsOn ?? [])];
  }

  /** Layers that have to be Ready before this one. */
  get dependencies(): readonly Layer[] {
    return this.#dependsOn;
  }

  /** Makes this layer wait for others, also for ones made later. A cycle is an error at synthesis. */
  dependsOn(...layers: readonly Layer[]): void {
    this.#dependsOn.push(...layers);
  }
}

import { Chart } from "cdk8s";
import type { Construct, IConstruct } from "constructs";
import { rememberPlace } from "../../lib/fleet/place.ts";

/**
 * A folder of a bundle that is the same everywhere, but that only the clusters that opt into it have. It is
 * applied after all layers. Each direct child is a file.
 */
export class Option extends Chart {
  /** Whether a construct is an option. (`instanceof` is not to be used: cdk8s makes it true for every chart.) */
  static isOption(construct: IConstruct): construct is Option {
    return "bundleFolder" in construct && construct.bundleFolder === "option";
  }

  readonly bundleFolder = "option";
  readonly name: string;

  /** @param name the option's name, one of the bundle's static `options` */
  constructor(bundle: Construct, name: string) {
    super(bundle, name, { disableResourceNameHashes: true });
    rememberPlace(this, new.target);
    this.name = name;
  }
}

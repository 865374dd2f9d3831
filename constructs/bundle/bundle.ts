import { Construct } from "constructs";
import { facts } from "../../lib/fleet/facts.ts";
import { rememberPlace } from "../../lib/fleet/place.ts";
import type { Variables } from "../../lib/fleet/variables.ts";
import { type Placeholders, placeholders } from "../placeholder.ts";
import { Layer } from "./layer.ts";
import { Option } from "./option.ts";

/**
 * A versioned folder of manifests that many clusters share unchanged. A subclass declares its variables and
 * options as statics, so that the fleet's cluster.ts files are typed by them, and makes its layers and options
 * in its constructor:
 * ```ts
 * class Platform extends Bundle<typeof Platform.variables> {
 *   static readonly variables = defineVariables({ domain: text({ unique: true }) });
 *   static readonly options = ["kafka"] as const;
 * }
 * ```
 */
export abstract class Bundle<V extends Variables> extends Construct {
  /** The bundle's variables, as its manifests write them. */
  readonly variables: Placeholders<V>;
  /** What each cluster tells about itself, as manifests write it. */
  readonly cluster: Placeholders<typeof facts> = placeholders(facts);

  constructor(scope: Construct, id: string, variables: V) {
    super(scope, id);
    rememberPlace(this, new.target);
    this.variables = placeholders(variables);
  }

  /** The layers, in the order in which they were made. */
  get layers(): readonly Layer[] {
    return this.node.children.filter((child) => Layer.isLayer(child));
  }

  /** The options, in the order in which they were made. */
  get options(): readonly Option[] {
    return this.node.children.filter((child) => Option.isOption(child));
  }
}

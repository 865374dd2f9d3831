import { App, Chart } from "cdk8s";
import type { Construct } from "constructs";
import { setContext, type SynthesisContext } from "../../../constructs/context.ts";

/** A Kubernetes object, as loosely as tests look at it. */
export interface Made {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly [field: string]: any;
}

/** What cdk8s makes of constructs in a chart that knows nothing of Sluice. */
export function madeBy(make: (scope: Construct) => void, context?: SynthesisContext): Made[] {
  const app = new App();
  if (context !== undefined) setContext(app, context);
  const chart = new Chart(app, "chart");
  make(chart);
  return chart.toJson() as Made[];
}

/** The one object of a kind, and of a name if there are several. */
export function only(objects: readonly Made[], kind: string, name?: string): Made {
  const found = objects.filter(
    (object) => object.kind === kind && (name === undefined || object.metadata.name === name),
  );
  if (found.length !== 1) throw new Error(`${found.length} objects are a ${kind} ${name ?? ""}`);
  return found[0]!;
}

import { Chart } from "cdk8s";
import type { Construct, IValidation } from "constructs";
import { validateObject } from "../../lib/flux/schema.ts";
import { type CommonProps, KubeObject } from "../kube-object.ts";

/** The spec `S` with the fields `D` optional, as the construct has a default for them. */
export type SpecProps<S, D extends keyof S = never> = CommonProps & Omit<S, D> & Partial<Pick<S, D>>;

/** The namespace that Flux runs in, and that its objects are in unless their chart says otherwise. */
export const fluxNamespace = "flux-system";

/**
 * An object of one of Flux's kinds. Its spec is validated against the definition of its kind at synthesis,
 * misspelt fields included.
 */
export abstract class FluxObject extends KubeObject implements IValidation {
  /** The namespace that it is in. */
  readonly namespace: string;

  constructor(
    scope: Construct,
    id: string,
    apiVersion: string,
    kind: string,
    props: CommonProps & Readonly<Record<string, unknown>>,
    defaults: object = {},
  ) {
    const { metadata, overrides, teardown, ...spec } = props;
    const namespace = metadata?.namespace ?? Chart.of(scope).namespace ?? fluxNamespace;
    super(scope, id, {
      apiVersion,
      kind,
      metadata: { ...metadata, namespace },
      spec: { ...defaults, ...spec },
      ...(overrides === undefined ? {} : { overrides }),
      ...(teardown === undefined ? {} : { teardown }),
    });
    this.namespace = namespace;
    this.node.addValidation(this);
  }

  /** What its kind's definition refuses: for cdk8s, which asks at synthesis. */
  validate(): string[] {
    return (validateObject(this.toJson()) ?? []).map(
      ({ path, message }) => `${this.kind} '${this.name}': ${path}: ${message}`,
    );
  }
}

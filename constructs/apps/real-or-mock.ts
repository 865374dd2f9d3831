import type { Construct } from "constructs";
import { contextOf } from "../context.ts";
import { versionsId } from "./app.ts";

/** An app that has a mock. */
export interface RealOrMockProps<Real extends Construct, Mock extends Construct> {
  /** Makes the real one: `(scope, id) => new HelmApp(scope, id, …)`. */
  readonly real: (scope: Construct, id: string) => Real;
  /** Makes what stands in for it: `(scope, id) => new MockServer(scope, id, …)`. */
  readonly mock: (scope: Construct, id: string) => Mock;
  /**
   * The environment types, or their names, whose clusters get the mock. A sandbox is of type `sandbox`,
   * whatever it is a copy of. @default none
   */
  readonly mockIn?: readonly (string | { readonly name: string })[];
  /** Whether it is the mock, whatever `mockIn` says. Has to be given outside a cluster. @default by `mockIn` */
  readonly mocked?: boolean;
}

/**
 * An app that is real in some environments and a mock in others. Either one is made with the same scope and id,
 * so that its name, its folder, its versions in versions.yaml (which may stay where it is a mock: a sandbox is a
 * copy) and what others wait for are the same; give both the same name of a Service, and dependants notice
 * nothing.
 * @throws Error outside a cluster, if `mocked` is not given
 * @example
 * const payments = realOrMock(apps, "payments", {
 *   mockIn: [development, "sandbox"],
 *   real: (scope, id) => new HelmApp(scope, id, { chart: … }),
 *   mock: (scope, id) => new MockServer(scope, id, { routes: [{ path: "/charges", status: 201 }] }),
 * });
 * new HelmApp(apps, "shop", { chart: …, dependsOn: [payments] });
 */
export function realOrMock<Real extends Construct, Mock extends Construct>(
  scope: Construct,
  id: string,
  { real, mock, mockIn = [], mocked }: RealOrMockProps<Real, Mock>,
): Real | Mock {
  const cluster = contextOf(scope)?.cluster;
  if (mocked === undefined && cluster === undefined)
    throw new Error(
      `${scope.node.path}/${id}: it stands in no cluster, whose type would say whether it is a mock: give 'mocked'`,
    );
  const isMock =
    mocked ?? mockIn.some((type) => (typeof type === "string" ? type : type.name) === cluster!.type);
  if (!isMock) return real(scope, id);
  const made = mock(scope, id);
  if (cluster !== undefined) {
    const own = versionsId(made);
    for (const known of cluster.apps.keys())
      if (known === own || known.startsWith(`${own}/`)) cluster.used.add(known);
  }
  return made;
}

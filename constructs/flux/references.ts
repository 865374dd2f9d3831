import type { FluxObject } from "./flux-object.ts";

/** Another object, by its construct or by name. */
export type Reference<T extends FluxObject> =
  T | { readonly kind?: string; readonly name: string; readonly namespace?: string };

/** The reference as `dependsOn` has it; the namespace only where it is another than `from`. */
export function dependency(
  to: Reference<FluxObject> & { readonly readyExpr?: string },
  from: string,
): { name: string; namespace?: string; readyExpr?: string } {
  const { name, namespace } = to;
  return {
    name,
    ...(namespace === undefined || namespace === from ? {} : { namespace }),
    ...("readyExpr" in to && to.readyExpr !== undefined ? { readyExpr: to.readyExpr } : {}),
  };
}

/** The reference as `sourceRef` has it. */
export function sourceReference<K extends string>(
  to: Reference<FluxObject> & { readonly kind?: string },
  from: string,
): { kind: K; name: string; namespace?: string } {
  return {
    kind: to.kind as K,
    ...dependency(
      { name: to.name, ...(to.namespace === undefined ? {} : { namespace: to.namespace }) },
      from,
    ),
  };
}

import type { FluxObject } from "./flux-object.ts";

/** Another object of a kind, by its construct or by name. */
export type Reference<T extends FluxObject> =
  T | { readonly kind?: never; readonly name: string; readonly namespace?: string };

interface Named {
  readonly name: string;
  readonly namespace?: string;
}

/** The reference as `dependsOn` has it; the namespace only where it is another than `from`. */
export function dependency(
  { name, namespace, readyExpr }: Named & { readonly readyExpr?: string },
  from: string,
) {
  return {
    name,
    ...(namespace === undefined || namespace === from ? {} : { namespace }),
    ...(readyExpr === undefined ? {} : { readyExpr }),
  };
}

/** The reference as `sourceRef` has it. */
export function sourceReference({ kind, name, namespace }: Named & { readonly kind?: string }, from: string) {
  return { kind, ...dependency({ name, ...(namespace === undefined ? {} : { namespace }) }, from) };
}

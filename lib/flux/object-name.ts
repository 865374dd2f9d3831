/** An object as people read it: `Deployment apps/web`, or `Namespace apps` of what is in no namespace. */
export function describeName({
  kind,
  namespace,
  name,
}: {
  readonly kind: string;
  /** Undefined or empty where there is none. */
  readonly namespace?: string | undefined;
  readonly name: string;
}): string {
  return `${kind} ${namespace === undefined || namespace === "" ? name : `${namespace}/${name}`}`;
}

/** The same of a whole manifest. */
export function describeManifest(object: Readonly<Record<string, unknown>>): string {
  const metadata = object["metadata"] as { readonly namespace?: string; readonly name: string };
  return describeName({ kind: String(object["kind"]), namespace: metadata.namespace, name: metadata.name });
}

/**
 * What a stand-in operator does with the objects of one kind. It stands as JSON in an annotation of the operator's
 * Deployment, and is done while that Deployment is available.
 */
export interface KindBehaviour {
  readonly apiVersion: string;
  readonly kind: string;
  /** A finalizer that the operator puts on each object, and takes off when it has cleaned up. */
  readonly finalizer?: string;
  /** Each object stands for something outside the cluster: a file of this prefix, removed by cleaning up. */
  readonly external?: string;
  /** How its status says that an object is Ready. @default it has no status */
  readonly ready?: "condition" | "conditionStatus";
  /** A field of the spec with which an object never becomes Ready here: an ACME server cannot be reached. */
  readonly neverReadyWith?: string;
  /** Objects that are made of each one, `$(name)`, `$(namespace)` and `$(uid)` filled in. */
  readonly children?: readonly Readonly<Record<string, unknown>>[];
  /** Whether the children go with their parent. @default true */
  readonly ownsChildren?: boolean;
}

/** The annotation of an operator's Deployment. */
export const behaviourAnnotation = "testing.sluice.dev/operator";
/** The label by which such Deployments are found. */
export const operatorLabel = "testing.sluice.dev/operator";

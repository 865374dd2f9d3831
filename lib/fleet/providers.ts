/** A kind cluster: Kubernetes in Docker, on the machine that runs the stack. */
export interface KindProvider {
  readonly kind: "kind";
  /** Worker nodes beside the control plane. @default the environment type's `scaling.nodes.min` */
  readonly workers?: number;
  /** Ports of the machine that lead to ports of the node, such as `{ 8080: 30080 }`. */
  readonly ports?: Readonly<Record<number, number>>;
  /** A registry on the machine that the nodes pull through, such as `http://localhost:5000`. */
  readonly registryMirror?: string;
}

/** An EKS cluster in AWS. */
export interface EksProvider {
  readonly kind: "eks";
  readonly region: string;
  /** Size of the managed node group. @default the environment type's scaling */
  readonly nodes?: { readonly min: number; readonly max: number; readonly instanceTypes?: readonly string[] };
  /** An existing VPC, by its id and its private subnets' ids. @default a VPC of its own over the type's zones */
  readonly vpc?: { readonly id: string; readonly subnetIds: readonly string[] };
  /** Who may reach the API endpoint from the internet, as CIDR ranges. @default nobody: the endpoint is private */
  readonly publicAccess?: readonly string[];
}

/** A cluster that exists: any context of a kubeconfig (Docker Desktop, k3d, someone else's). */
export interface ExistingProvider {
  readonly kind: "existing";
  readonly context: string;
  /** The kubeconfig's path. @default KUBECONFIG, then ~/.kube/config */
  readonly kubeconfig?: string;
}

/** A control plane with simulated nodes, for tests of scale and configuration. */
export interface KwokProvider {
  readonly kind: "kwok";
  /** Simulated nodes. @default the environment type's `scaling.nodes.min` */
  readonly nodes?: number;
}

/** Where a cluster runs and how its stack makes it. Plain data: the stack reads it. */
export type Provider = KindProvider | EksProvider | ExistingProvider | KwokProvider;

export const kind = (options: Omit<KindProvider, "kind"> = {}): KindProvider => ({
  kind: "kind",
  ...options,
});
export const eks = (options: Omit<EksProvider, "kind">): EksProvider => ({ kind: "eks", ...options });
export const existing = (options: Omit<ExistingProvider, "kind">): ExistingProvider => ({
  kind: "existing",
  ...options,
});
export const kwok = (options: Omit<KwokProvider, "kind"> = {}): KwokProvider => ({
  kind: "kwok",
  ...options,
});

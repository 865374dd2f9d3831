/** Where a store gets its secrets: exactly one. */
export type SecretProvider =
  | { readonly kubernetes: KubernetesSecrets }
  | { readonly aws: AwsSecrets }
  | { readonly vault: VaultSecrets }
  | { readonly fake: Readonly<Record<string, string>> };

/** Secrets of another namespace of the same cluster. */
export interface KubernetesSecrets {
  /** The namespace. It is made, with the ServiceAccount `reader` that may read its Secrets. */
  readonly namespace: string;
}

/** AWS, with the rights of the controller's own pod, or of a ServiceAccount. */
export interface AwsSecrets {
  readonly region: string;
  /** @default SecretsManager */
  readonly service?: "SecretsManager" | "ParameterStore";
  /** The role to take on, an ARN. @default the pod's own */
  readonly role?: string;
  /** Whose role is used. @default the controller's own pod's */
  readonly serviceAccount?: ServiceAccountReference;
}

/** A key-value engine of Vault, by a role of its Kubernetes authentication. */
export interface VaultSecrets {
  readonly server: string;
  /** The engine's path. @default secret */
  readonly path?: string;
  /** The engine's version. @default v2 */
  readonly version?: "v1" | "v2";
  readonly role: string;
  /** Where the Kubernetes authentication is mounted. @default kubernetes */
  readonly mount?: string;
  /** Who logs in. @default external-secrets in external-secrets */
  readonly serviceAccount?: ServiceAccountReference;
  /** A ConfigMap with the key `ca.crt` that Vault's certificate is checked by. @default the system's authorities */
  readonly ca?: { readonly name: string; readonly namespace: string };
}

export interface ServiceAccountReference {
  readonly name: string;
  readonly namespace: string;
}

/** The ServiceAccount that reads a namespace's Secrets. */
export const reader = "reader";

/** A provider as a ClusterSecretStore has it. */
export function providerSpec(provider: SecretProvider): object {
  if ("kubernetes" in provider) return { kubernetes: kubernetes(provider.kubernetes) };
  if ("aws" in provider) return { aws: aws(provider.aws) };
  if ("vault" in provider) return { vault: vault(provider.vault) };
  return { fake: { data: Object.entries(provider.fake).map(([key, value]) => ({ key, value })) } };
}

function kubernetes({ namespace }: KubernetesSecrets): object {
  return {
    remoteNamespace: namespace,
    // In every namespace: the authority of the cluster's own API server.
    server: { caProvider: { type: "ConfigMap", name: "kube-root-ca.crt", key: "ca.crt", namespace } },
    auth: { serviceAccount: { name: reader, namespace } },
  };
}

function aws({ region, service = "SecretsManager", role, serviceAccount }: AwsSecrets): object {
  return {
    service,
    region,
    ...(role === undefined ? {} : { role }),
    ...(serviceAccount === undefined ? {} : { auth: { jwt: { serviceAccountRef: serviceAccount } } }),
  };
}

function vault(props: VaultSecrets): object {
  const { server, path = "secret", version = "v2", role, mount = "kubernetes", ca } = props;
  const { serviceAccount = { name: "external-secrets", namespace: "external-secrets" } } = props;
  return {
    server,
    path,
    version,
    ...(ca === undefined ? {} : { caProvider: { type: "ConfigMap", key: "ca.crt", ...ca } }),
    auth: { kubernetes: { mountPath: mount, role, serviceAccountRef: serviceAccount } },
  };
}

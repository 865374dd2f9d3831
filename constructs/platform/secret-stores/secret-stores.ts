import { Construct } from "constructs";
import { rememberPlace } from "../../../lib/fleet/place.ts";
import { applyOverrides, type OverridableProps } from "../../overrides.ts";
import { KubeObject } from "../../kube-object.ts";
import { type KubernetesSecrets, providerSpec, reader, type SecretProvider } from "./providers.ts";

export interface SecretStoresProps extends OverridableProps {
  /** The stores, by name. @default platform, which reads the namespace platform-secrets */
  readonly stores?: Readonly<Record<string, SecretProvider>>;
  /** The namespaces whose ExternalSecrets may use the stores. @default all */
  readonly namespaces?: readonly string[];
}

/** Where ExternalSecrets get their secrets from. */
export class SecretStores extends Construct {
  constructor(scope: Construct, id: string, props: SecretStoresProps = {}) {
    super(scope, id);
    rememberPlace(this, new.target);
    const { stores = { platform: { kubernetes: { namespace: "platform-secrets" } } }, namespaces } = props;
    for (const [name, provider] of Object.entries(stores)) {
      if ("kubernetes" in provider) this.#readable(provider.kubernetes);
      new KubeObject(this, name, {
        apiVersion: "external-secrets.io/v1",
        kind: "ClusterSecretStore",
        spec: {
          provider: providerSpec(provider),
          ...(namespaces === undefined ? {} : { conditions: [{ namespaces }] }),
        },
      });
    }
    applyOverrides(this, props.overrides);
  }

  /** The namespace that Secrets are read from, and who may read them: nobody else gets a right to it. */
  #readable({ namespace }: KubernetesSecrets): void {
    // Stores, and the ExternalSecrets that use them, go before what they read with.
    const common = { metadata: { name: reader, namespace }, teardown: "controller" } as const;
    new KubeObject(this, `${namespace}-namespace`, {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: namespace, labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
      teardown: "controller",
    });
    new KubeObject(this, `${namespace}-service-account`, {
      apiVersion: "v1",
      kind: "ServiceAccount",
      ...common,
      automountServiceAccountToken: false,
    });
    new KubeObject(this, `${namespace}-role`, {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      ...common,
      rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get", "list", "watch"] }],
    });
    new KubeObject(this, `${namespace}-role-binding`, {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      ...common,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: reader },
      subjects: [{ kind: "ServiceAccount", name: reader, namespace }],
    });
  }
}

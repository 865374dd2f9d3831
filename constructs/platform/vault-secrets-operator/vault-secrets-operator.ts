import type { Construct } from "constructs";
import { HelmService, type ServiceProps } from "../helm-service.ts";
import { resources } from "../spread.ts";

export interface VaultSecretsOperatorProps extends ServiceProps {
  /** @default 2 */
  readonly replicas?: number;
  /** Where Vault is: of the VaultConnection that serves everyone who does not name another. @default https://vault.vault.svc:8200 */
  readonly address?: string;
  /** Secret in the operator's namespace with the key `ca.crt` that Vault's certificate is checked by. @default the system's authorities */
  readonly caSecret?: string;
  /** info, error, debug or trace. @default info */
  readonly logLevel?: string;
}

/**
 * HashiCorp's operator that keeps Secrets in step with Vault. Its VaultStaticSecrets have a finalizer that only
 * it removes, so they go before it does.
 */
export class VaultSecretsOperator extends HelmService {
  constructor(scope: Construct, id: string, props: VaultSecretsOperatorProps = {}) {
    const {
      replicas = 2,
      address = "https://vault.vault.svc:8200",
      caSecret,
      logLevel = "info",
      ...common
    } = props;
    super(
      scope,
      id,
      {
        name: "vault-secrets-operator",
        chart: {
          repository: "https://helm.releases.hashicorp.com",
          name: "vault-secrets-operator",
          version: "1.4.1",
        },
        namespace: "vault-secrets-operator-system",
        images: {
          "controller.manager.image.repository": "docker.io/hashicorp/vault-secrets-operator",
          "controller.kubeRbacProxy.image.repository": "quay.io/brancz/kube-rbac-proxy",
          "csi.driver.image.repository": "docker.io/hashicorp/vault-secrets-operator-csi",
          "csi.livenessProbe.image.repository": "registry.k8s.io/sig-storage/livenessprobe",
          "csi.nodeDriverRegistrar.image.repository": "registry.k8s.io/sig-storage/csi-node-driver-registrar",
        },
        values: {
          controller: {
            replicas,
            priorityClassName: "system-cluster-critical",
            strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
            // Both bounds are printed unless one is empty text, and the API refuses both.
            podDisruptionBudget: { enabled: true, maxUnavailable: "1", minAvailable: "" },
            kubeRbacProxy: { resources: resources({ cpu: "5m", memory: "64Mi" }, { memory: "128Mi" }) },
            podSecurityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
            manager: {
              logging: { level: logLevel },
              globalTransformationOptions: { excludeRaw: true },
              clientCache: { persistenceModel: "none" },
              resources: resources({ cpu: "50m", memory: "96Mi" }, { memory: "256Mi" }),
            },
            preDeleteHookTimeoutSeconds: 120,
          },
          defaultVaultConnection: {
            enabled: true,
            address,
            caCertSecret: caSecret ?? "",
            skipTLSVerify: false,
          },
          defaultAuthMethod: { enabled: false },
          telemetry: { serviceMonitor: { enabled: false } },
          hooks: { upgradeCRDs: { enabled: false } }, // Flux upgrades them
          csi: { enabled: false },
          tests: { enabled: false },
        },
      },
      common,
    );
  }
}

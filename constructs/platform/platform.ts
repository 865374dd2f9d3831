import type { Construct } from "constructs";
import { Bundle } from "../bundle/bundle.ts";
import { Layer } from "../bundle/layer.ts";
import { Option } from "../bundle/option.ts";
import { fluxNamespace } from "../flux/flux-object.ts";
import { AppsNamespace } from "./apps-namespace/index.ts";
import { BaselinePolicies, policyHealth } from "./baseline-policies/index.ts";
import { CertManager } from "./cert-manager/cert-manager.ts";
import { ClusterIssuers, issuerHealth } from "./cluster-issuers/cluster-issuers.ts";
import { DefaultCertificate } from "./default-certificate/default-certificate.ts";
import { ExternalSecrets } from "./external-secrets/external-secrets.ts";
import { FluentBit } from "./fluent-bit/index.ts";
import { FluxAlerts } from "./flux-alerts/index.ts";
import { KubePrometheusStack } from "./kube-prometheus-stack/index.ts";
import { Kyverno } from "./kyverno/kyverno.ts";
import { MetricsServer } from "./metrics-server/metrics-server.ts";
import { platformVariables } from "./platform-variables.ts";
import { PriorityClasses } from "./priority-classes/priority-classes.ts";
import { Quotas } from "./quotas/quotas.ts";
import { RbacDefinitions } from "./rbac-definitions/rbac-definitions.ts";
import { RbacManager } from "./rbac-manager/rbac-manager.ts";
import { SecretStores } from "./secret-stores/index.ts";
import { ServiceMonitors, strimziMonitor, vaultSecretsOperatorMonitor } from "./service-monitors/index.ts";
import { generalClass, StorageClasses } from "./storage-classes/storage-classes.ts";
import { Strimzi } from "./strimzi/strimzi.ts";
import { systemNamespaces } from "./system-namespaces.ts";
import { Traefik } from "./traefik/traefik.ts";
import { VaultSecretsOperator } from "./vault-secrets-operator/vault-secrets-operator.ts";

/**
 * What every cluster of the fleet runs below its apps. It becomes Ready with nothing but what it makes itself:
 * a store of logs, a receiver of alerts, an ACME server may be missing.
 */
export class Platform extends Bundle<typeof Platform.variables> {
  static readonly variables = platformVariables;
  static readonly options = ["strimzi", "vault-secrets-operator"] as const;

  constructor(scope: Construct, id: string) {
    super(scope, id, Platform.variables);
    const { cluster, variables } = this;
    const replicas = cluster.cluster_replicas;
    const logLevel = variables.log_level;

    const services = new Layer(this, "services", { timeout: "15m" });
    new MetricsServer(services, "metrics-server", {
      replicas,
      kubeletInsecureTls: variables.kubelet_insecure_tls,
    });
    const certManager = new CertManager(services, "cert-manager", { replicas });
    const traefik = new Traefik(services, "traefik", {
      replicas,
      serviceType: variables.ingress_service_type,
      serviceAnnotations: { "service.beta.kubernetes.io/aws-load-balancer-type": "nlb" },
      nodePorts: { web: 30080, websecure: 30443 },
    });
    const externalSecrets = new ExternalSecrets(services, "external-secrets", { replicas, logLevel });
    const kyverno = new Kyverno(services, "kyverno", { replicas });
    const rbacManager = new RbacManager(services, "rbac-manager", { logLevel });
    const prometheus = new KubePrometheusStack(services, "kube-prometheus-stack", {
      replicas,
      logLevel,
      cluster: cluster.cluster_name,
      paging: {
        when: cluster.cluster_alerting,
        days: cluster.cluster_alerting_days,
        start: cluster.cluster_alerting_start,
        end: cluster.cluster_alerting_end,
        timeZone: cluster.cluster_alerting_zone,
      },
      retention: variables.metrics_retention,
      gigabytes: variables.metrics_gigabytes,
      memory: variables.metrics_memory,
      storageClass: generalClass,
    });
    const fluentBit = new FluentBit(services, "fluent-bit", {
      destination: { host: variables.log_endpoint },
      cluster: cluster.cluster_name,
      logLevel,
    });

    const configs = new Layer(this, "configs", { dependsOn: [services] });
    new StorageClasses(configs, "storage-classes", {
      provisioner: variables.storage_provisioner,
      encryptionKey: variables.storage_key,
    });
    new PriorityClasses(configs, "priority-classes");
    const apps = new AppsNamespace(configs, "apps-namespace");
    new Quotas(configs, "quotas", { namespace: apps.name });

    const strimziOption = new Option(this, "strimzi");
    const strimzi = new Strimzi(strimziOption, "strimzi", { replicas });
    new ServiceMonitors(strimziOption, "service-monitors", { monitors: { strimzi: strimziMonitor } });

    const vaultOption = new Option(this, "vault-secrets-operator");
    const vaultSecretsOperator = new VaultSecretsOperator(vaultOption, "vault-secrets-operator", {
      replicas,
      logLevel,
      address: variables.vault_address,
    });
    new ServiceMonitors(vaultOption, "service-monitors", {
      monitors: { "vault-secrets-operator": vaultSecretsOperatorMonitor },
    });

    const serviceConfigs = new Layer(this, "service-configs", {
      dependsOn: [configs],
      healthCheckExprs: [policyHealth, issuerHealth],
    });
    const own = [
      certManager,
      traefik,
      externalSecrets,
      kyverno,
      rbacManager,
      prometheus,
      fluentBit,
      strimzi,
      vaultSecretsOperator,
    ];
    new BaselinePolicies(serviceConfigs, "baseline-policies", {
      action: variables.policy_action,
      // kind's volumes are made by pods in local-path-storage.
      excludedNamespaces: [
        ...systemNamespaces,
        "local-path-storage",
        ...own.map((service) => service.namespace),
      ],
      impersonatingNamespaces: [apps.name],
    });
    new ClusterIssuers(serviceConfigs, "cluster-issuers", { acmeServer: variables.acme_server });
    new DefaultCertificate(serviceConfigs, "default-certificate", { domain: variables.domain });
    new SecretStores(serviceConfigs, "secret-stores", { namespaces: [apps.name] });
    new RbacDefinitions(serviceConfigs, "rbac-definitions", {
      adminGroup: variables.admin_group,
      viewerGroup: variables.viewer_group,
    });
    new FluxAlerts(serviceConfigs, "flux-alerts", {
      alertsUrl: prometheus.alertsUrl,
      cluster: cluster.cluster_name,
      namespaces: [fluxNamespace, apps.name],
    });
    new ServiceMonitors(serviceConfigs, "service-monitors");
  }
}

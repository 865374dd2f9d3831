import { boolean, defineVariables, number, text } from "../../lib/fleet/variables.ts";

/**
 * What may differ between clusters. Only the domain must be given; a cluster on kind gives a handful more
 * (`ingress_service_type`, `kubelet_insecure_tls`, `storage_provisioner`, `metrics_gigabytes`, `metrics_memory`).
 */
export const platformVariables = defineVariables({
  domain: text({ unique: true, description: "DNS zone of the cluster; its default certificate is for it" }),

  acme_server: text({
    default: "https://acme-v02.api.letsencrypt.org/directory",
    description: "ACME server of the issuer `acme`",
  }),
  admin_group: text({ default: "platform-admins", description: "group that may do everything" }),
  viewer_group: text({ default: "platform-viewers", description: "group that may look at all but Secrets" }),

  ingress_service_type: text({
    default: "LoadBalancer",
    oneOf: ["LoadBalancer", "NodePort"],
    description: "how the ingress is reached; NodePort (30080 and 30443) where nobody makes load balancers",
  }),
  kubelet_insecure_tls: boolean({
    default: false,
    description: "accept kubelets whose certificates nobody has signed, as kind's are",
  }),

  log_level: text({
    default: "info",
    oneOf: ["debug", "info", "error"],
    description: "of the services that take a level as a word",
  }),
  log_endpoint: text({
    default: "loki-gateway.logging.svc",
    description: "host of the Loki that logs are sent to",
  }),

  metrics_retention: text({
    default: "15d",
    description: "how long metrics are kept, if their volume suffices",
  }),
  metrics_gigabytes: number({ default: 50, description: "size of each Prometheus' volume" }),
  metrics_memory: text({ default: "2Gi", description: "what each Prometheus asks for and may use" }),

  policy_action: text({
    default: "Audit",
    oneOf: ["Audit", "Deny"],
    description: "whether what breaks a baseline policy is reported or refused",
  }),

  storage_provisioner: text({
    default: "ebs.csi.aws.com",
    description: "CSI driver of the storage class `general`; rancher.io/local-path on kind",
  }),
  storage_key: text({
    from: "stack",
    default: "alias/aws/ebs",
    description: "key that volumes are encrypted with",
  }),

  vault_address: text({
    default: "https://vault.vault.svc:8200",
    description: "where Vault is, for the option vault-secrets-operator",
  }),
});

import { Podinfo } from "#constructs/apps";
import { canary } from "#environment-types";
import { defineCluster } from "#fleet";
import { kind } from "#sluice";

export default defineCluster(({ name }) => ({
  type: canary,
  provider: kind(),
  platform: {
    variables: {
      domain: `${name}.example.com`,
      ingress_service_type: "NodePort",
      kubelet_insecure_tls: true,
      storage_provisioner: "rancher.io/local-path",
      metrics_gigabytes: 5,
      metrics_memory: "1Gi",
    },
  },
  apps: (apps) => {
    new Podinfo(apps, "podinfo", {
      replicas: 1,
      host: `podinfo.${name}.example.com`,
      message: `Hello from ${name}`,
    });
  },
}));

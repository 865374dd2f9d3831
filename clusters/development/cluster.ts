import { KafkaCluster, Podinfo } from "#constructs/apps";
import { development } from "#environment-types";
import { defineCluster } from "#fleet";
import { kind } from "#sluice";

export default defineCluster(({ name }) => ({
  type: development,
  provider: kind({ ports: { 8080: 30080, 8443: 30443 } }),
  platform: {
    variables: {
      domain: `${name}.example.com`,
      ingress_service_type: "NodePort",
      kubelet_insecure_tls: true,
      log_level: "debug",
      storage_provisioner: "rancher.io/local-path",
      metrics_gigabytes: 5,
      metrics_memory: "1Gi",
    },
    options: ["strimzi"],
  },
  apps: (apps) => {
    new Podinfo(apps, "podinfo", {
      replicas: 1,
      host: `podinfo.${name}.example.com`,
      message: `Hello from ${name}`,
    });
    new KafkaCluster(apps, "kafka", { topics: [{ name: "orders" }] });
  },
}));

/** All images that the chart and those in it can run, by the value that names them. */
export const images = {
  "prometheusOperator.image": "quay.io/prometheus-operator/prometheus-operator",
  "prometheusOperator.prometheusConfigReloader.image":
    "quay.io/prometheus-operator/prometheus-config-reloader",
  "prometheusOperator.thanosImage": "quay.io/thanos/thanos",
  "prometheusOperator.admissionWebhooks.patch.image": "ghcr.io/jkroepke/kube-webhook-certgen",
  "prometheusOperator.admissionWebhooks.deployment.image": "quay.io/prometheus-operator/admission-webhook",
  "prometheus.prometheusSpec.image": "quay.io/prometheus/prometheus",
  "alertmanager.alertmanagerSpec.image": "quay.io/prometheus/alertmanager",
  "grafana.image": "docker.io/grafana/grafana",
  "grafana.sidecar.image": "quay.io/kiwigrid/k8s-sidecar",
  "grafana.initChownData.image": "docker.io/library/busybox",
  "grafana.downloadDashboardsImage": "docker.io/curlimages/curl",
  "grafana.testFramework.image": "docker.io/bats/bats",
  "kube-state-metrics.image": "registry.k8s.io/kube-state-metrics/kube-state-metrics",
  "prometheus-node-exporter.image": "quay.io/prometheus/node-exporter",
  "crds.upgradeJob.image.busybox": "docker.io/library/busybox",
  "crds.upgradeJob.image.kubectl": "registry.k8s.io/kubectl",
};

/**
 * A repository that Sluice did not make, in the shape that Flux's own examples have: a folder per cluster,
 * infrastructure in two steps, apps as kustomize overlays, and a tenant. Nothing is wrong with it.
 */
export function repository(): Map<string, string> {
  return new Map([...clusterFiles("staging"), ...clusterFiles("production"), ...Object.entries(shared)]);
}

/** The folders that its clusters sync. */
export const clusterPaths = ["clusters/staging", "clusters/production"];

const clusterFiles = (name: string): [string, string][] =>
  Object.entries({
    "flux-system/kustomization.yaml": `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  - gotk-sync.yaml
`,
    "flux-system/gotk-sync.yaml": `apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata:
  name: flux-system
  namespace: flux-system
spec:
  interval: 1m0s
  ref:
    branch: main
  secretRef:
    name: flux-system
  url: ssh://git@git.example.com/acme/fleet
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: flux-system
  namespace: flux-system
spec:
  interval: 10m0s
  path: ./clusters/${name}
  prune: true
  sourceRef:
    kind: GitRepository
    name: flux-system
`,
    "infrastructure.yaml": `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: controllers
  namespace: flux-system
spec:
  interval: 1h
  path: ./infrastructure/controllers
  prune: true
  sourceRef:
    kind: GitRepository
    name: flux-system
  wait: true
  postBuild:
    substituteFrom:
      - kind: ConfigMap
        name: cluster-values
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: configs
  namespace: flux-system
spec:
  dependsOn:
    - name: controllers
  interval: 1h
  path: ./infrastructure/configs
  prune: true
  sourceRef:
    kind: GitRepository
    name: flux-system
  wait: true
  postBuild:
    substituteFrom:
      - kind: ConfigMap
        name: cluster-values
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: cluster-values
  namespace: flux-system
data:
  domain: ${name}.example.com
  log_level: info
  replicas: "2"
`,
    "apps.yaml": `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: apps
  namespace: flux-system
spec:
  dependsOn:
    - name: configs
  interval: 10m
  path: ./apps/${name}
  prune: true
  sourceRef:
    kind: GitRepository
    name: flux-system
`,
    "shop.yaml": `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: shop
  namespace: shop
spec:
  dependsOn:
    - name: configs
      namespace: flux-system
  interval: 10m
  path: ./tenants/shop
  prune: true
  serviceAccountName: shop-deployer
  sourceRef:
    kind: GitRepository
    name: flux-system
    namespace: flux-system
`,
  }).map(([path, text]) => [`clusters/${name}/${path}`, text]);

const shared: Readonly<Record<string, string>> = {
  "infrastructure/bundle.json": JSON.stringify({
    bundle: "infrastructure",
    contract: 1,
    variables: {
      domain: { type: "text", giver: "cluster", unique: true },
      log_level: { type: "text", giver: "default", default: "info", oneOf: ["info", "debug"] },
      replicas: { type: "number", giver: "default", default: 1 },
    },
    facts: [],
    layers: [],
    options: [],
  }),
  "infrastructure/controllers/kustomization.yaml": `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  - cert-manager.yaml
  - widgets.yaml
  - shop.yaml
`,
  "infrastructure/controllers/cert-manager.yaml": `apiVersion: v1
kind: Namespace
metadata:
  name: cert-manager
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata:
  name: jetstack
  namespace: cert-manager
spec:
  interval: 24h
  url: https://charts.jetstack.io
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: cert-manager
  namespace: cert-manager
spec:
  interval: 30m
  chart:
    spec:
      chart: cert-manager
      version: 1.x
      sourceRef:
        kind: HelmRepository
        name: jetstack
  values:
    crds:
      enabled: true
    global:
      logLevel: \${log_level:=info}
`,
  "infrastructure/controllers/widgets.yaml": `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: widgets.acme.example.com
spec:
  group: acme.example.com
  names:
    kind: Widget
    plural: widgets
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              required:
                - size
              properties:
                size:
                  type: integer
                  minimum: 1
                most:
                  type: integer
              x-kubernetes-validations:
                - rule: "!has(self.most) || self.size <= self.most"
                  message: size must not be more than most
`,
  "infrastructure/controllers/shop.yaml": `apiVersion: v1
kind: Namespace
metadata:
  name: shop
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: shop-deployer
  namespace: shop
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: shop-deployer
  namespace: shop
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: cluster-admin
subjects:
  - kind: ServiceAccount
    name: shop-deployer
    namespace: shop
`,
  "infrastructure/configs/issuers.yaml": `apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata:
  name: letsencrypt
spec:
  acme:
    email: ops@\${domain}
    server: https://acme.example.com/directory
`,
  "infrastructure/configs/widget.yaml": `apiVersion: acme.example.com/v1
kind: Widget
metadata:
  name: first
  namespace: shop
spec:
  size: \${replicas}
  most: 5
`,
  "apps/base/podinfo/kustomization.yaml": `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: podinfo
resources:
  - namespace.yaml
  - repository.yaml
  - release.yaml
`,
  "apps/base/podinfo/namespace.yaml": `apiVersion: v1
kind: Namespace
metadata:
  name: podinfo
`,
  "apps/base/podinfo/repository.yaml": `apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata:
  name: podinfo
spec:
  interval: 5m
  url: oci://ghcr.io/stefanprodan/charts/podinfo
  ref:
    semver: 6.x
`,
  "apps/base/podinfo/release.yaml": `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: podinfo
spec:
  interval: 50m
  chartRef:
    kind: OCIRepository
    name: podinfo
  values:
    ingress:
      enabled: true
`,
  ...overlay("staging", "podinfo.staging"),
  ...overlay("production", "podinfo.production"),
  "tenants/shop/web.yaml": `apiVersion: v1
kind: ServiceAccount
metadata:
  name: web
  namespace: shop
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: web
  namespace: shop
data:
  color: blue
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata:
  name: web
  namespace: shop
spec:
  secretName: web-tls
  dnsNames:
    - shop.example.com
  issuerRef:
    kind: ClusterIssuer
    name: letsencrypt
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  replicas: 2
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      serviceAccountName: web
      containers:
        - name: web
          image: registry.example.com/shop:1.4.2
          envFrom:
            - configMapRef:
                name: web
          ports:
            - containerPort: 8080
          readinessProbe:
            httpGet:
              path: /ready
              port: 8080
          resources:
            requests:
              cpu: 100m
              memory: 64Mi
          volumeMounts:
            - name: tls
              mountPath: /tls
      volumes:
        - name: tls
          secret:
            secretName: web-tls
`,
  "tenants/shop/service.yaml": `apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
spec:
  selector:
    app: web
  ports:
    - port: 80
      targetPort: 8080
`,
  "tenants/shop/budget.yaml": `apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: web
  namespace: shop
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      app: web
`,
};

function overlay(cluster: string, host: string): Record<string, string> {
  return {
    [`apps/${cluster}/kustomization.yaml`]: `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  - ../base/podinfo
patches:
  - path: podinfo-values.yaml
    target:
      kind: HelmRelease
      name: podinfo
`,
    [`apps/${cluster}/podinfo-values.yaml`]: `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: podinfo
spec:
  values:
    ingress:
      hosts:
        - host: ${host}.example.com
`,
  };
}

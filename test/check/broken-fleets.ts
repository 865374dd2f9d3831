import { repository } from "./repository.ts";

/** A fleet with one fault. */
export interface BrokenFleet {
  readonly files: ReadonlyMap<string, string>;
  /** The one rule that tells it, and about what. */
  readonly rule: string;
  readonly object: string;
  /** Part of the message. */
  readonly message: string;
  /** The clusters that have it. @default both */
  readonly clusters?: readonly string[];
  /** The file that it is told in. */
  readonly file: string;
}

type Change = (files: Map<string, string>) => void;

/** Replaces a text, which has to be there. */
const replace =
  (path: string, from: string, to: string): Change =>
  (files) => {
    const text = files.get(path);
    if (text?.includes(from) !== true) throw new Error(`${path} has no ${JSON.stringify(from)}`);
    files.set(
      path,
      text.replace(from, () => to),
    );
  };
const write =
  (path: string, text: string): Change =>
  (files) =>
    void files.set(path, text);
const all =
  (...changes: Change[]): Change =>
  (files) => {
    for (const change of changes) change(files);
  };

type Fault = readonly [
  title: string,
  change: Change,
  found: readonly [object: string, message: string, file: string, ...clusters: string[]],
];

/** The fleets, by what is wrong with them. */
export const brokenFleets: readonly (readonly [title: string, fleet: BrokenFleet])[] = Object.entries(
  faults(),
).flatMap(([rule, list]) =>
  list.map(([title, change, [object, message, file, ...clusters]]) => {
    const files = repository();
    change(files);
    return [
      `${rule}: ${title}`,
      { files, rule, object, message, file, ...(clusters.length === 0 ? {} : { clusters }) },
    ] as const;
  }),
);

function faults(): Readonly<Record<string, readonly Fault[]>> {
  const infrastructure = "clusters/production/infrastructure.yaml";
  const shop = "clusters/production/shop.yaml";
  const web = "tenants/shop/web.yaml";
  const widget = "infrastructure/configs/widget.yaml";
  const certManager = "infrastructure/controllers/cert-manager.yaml";
  const release = "apps/base/podinfo/release.yaml";
  const tenant = "infrastructure/controllers/shop.yaml";
  const Web = "Deployment shop/web";
  const Podinfo = "HelmRelease podinfo/podinfo";
  const CertManager = "HelmRelease cert-manager/cert-manager";
  const Shop = "Kustomization shop/shop";
  const Values = "ConfigMap flux-system/cluster-values";
  const Unit = (name: string) => `Kustomization flux-system/${name}`;
  const object = (apiVersion: string, kind: string, name: string, rest: string) =>
    `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: ${name}\n  namespace: shop\n${rest}`;
  const secondRelease = (name: string, dependsOn: string) =>
    `---\napiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata:\n  name: ${name}\nspec:\n  interval: 50m\n  dependsOn:\n    - name: ${dependsOn}\n  chartRef:\n    kind: OCIRepository\n    name: podinfo\n`;
  const append =
    (path: string, text: string): Change =>
    (files) =>
      void files.set(path, `${files.get(path)!}${text}`);
  return {
    build: [
      [
        "a path that is not there",
        replace(shop, "./tenants/shop", "./tenants/shp"),
        [Shop, "path not found", shop, "production"],
      ],
      ["a tab in YAML", replace(web, "  color: blue", "\tcolor: blue"), [Shop, "", web]],
      [
        "a file that is not there",
        replace("infrastructure/controllers/kustomization.yaml", "widgets.yaml", "widget.yaml"),
        [Unit("controllers"), "widget.yaml", infrastructure.replace("production", "staging")],
      ],
      [
        "a patch of nothing",
        replace(
          "apps/production/kustomization.yaml",
          "patches:",
          "patches:\n  - patch: |\n      apiVersion: v1\n      kind: Service\n      metadata:\n        name: none",
        ),
        [Unit("apps"), "", "clusters/production/apps.yaml", "production"],
      ],
      [
        "a JSON patch that does not fit",
        replace(
          "apps/production/kustomization.yaml",
          "  - path: podinfo-values.yaml",
          '  - patch: \'[{ "op": "remove", "path": "/spec/none" }]\'',
        ),
        [Unit("apps"), "/spec/none", "clusters/production/apps.yaml", "production"],
      ],
      [
        "a variable that nobody sets",
        replace("infrastructure/configs/issuers.yaml", "${domain}", "${domian}"),
        [Unit("configs"), "domian", "infrastructure/configs/issuers.yaml"],
      ],
      [
        "a substitution that does not end",
        replace("infrastructure/configs/issuers.yaml", "${domain}", "${domain"),
        [Unit("configs"), "", "infrastructure/configs/issuers.yaml"],
      ],
      [
        "an object twice",
        append("tenants/shop/service.yaml", `---\n${object("v1", "ConfigMap", "web", "data: {}\n")}`),
        [Shop, "web", "clusters/staging/shop.yaml"],
      ],
      [
        "a manifest without a name",
        write("tenants/shop/more.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  namespace: shop\n"),
        [Shop, "", "tenants/shop/more.yaml"],
      ],
    ],
    source: [
      [
        "a repository that is misspelt",
        replace(certManager, "name: jetstack\n  namespace", "name: jetstak\n  namespace"),
        [CertManager, "HelmRepository cert-manager/jetstack does not exist", certManager],
      ],
      [
        "a repository in another namespace",
        replace(
          certManager,
          "name: jetstack\n  namespace: cert-manager",
          "name: jetstack\n  namespace: flux-system",
        ),
        [CertManager, "does not exist", certManager],
      ],
      [
        "a chart that is misspelt",
        replace(release, "kind: OCIRepository\n    name: podinfo", "kind: OCIRepository\n    name: podinfos"),
        [Podinfo, "OCIRepository podinfo/podinfos does not exist", release],
      ],
      [
        "a source that is not in the tenant's namespace",
        replace(shop, "    name: flux-system\n    namespace: flux-system", "    name: flux-system"),
        [Shop, "source GitRepository shop/flux-system does not exist", shop, "production"],
      ],
    ],
    "depends-on": [
      [
        "something that is not there",
        replace("clusters/production/apps.yaml", "name: configs", "name: config"),
        [
          Unit("apps"),
          "waits for Kustomization flux-system/config, which does not exist",
          "clusters/production/apps.yaml",
          "production",
        ],
      ],
      [
        "something of another namespace",
        replace(shop, "- name: configs\n      namespace: flux-system", "- name: configs"),
        [Shop, "waits for Kustomization shop/configs", shop, "production"],
      ],
      [
        "one another",
        replace(
          infrastructure,
          "  name: controllers\n  namespace: flux-system\nspec:\n",
          "  name: controllers\n  namespace: flux-system\nspec:\n  dependsOn:\n    - name: apps\n",
        ),
        [Unit("apps"), "wait for one another", "clusters/production/apps.yaml", "production"],
      ],
      [
        "a release that is not there",
        replace(release, "  interval: 50m\n", "  interval: 50m\n  dependsOn:\n    - name: redis\n"),
        [Podinfo, "waits for HelmRelease podinfo/redis, which does not exist", release],
      ],
      [
        "releases for one another",
        all(
          replace(release, "  interval: 50m\n", "  interval: 50m\n  dependsOn:\n    - name: second\n"),
          append(release, secondRelease("second", "podinfo")),
        ),
        [Podinfo, "HelmReleases wait for one another", release],
      ],
    ],
    schema: [
      [
        "text for a number",
        replace(web, "replicas: 2", "replicas: two"),
        [Web, "spec.replicas: expected an integer", web],
      ],
      [
        "a misspelt field",
        replace(
          web,
          "readinessProbe:\n            httpGet:\n              path:",
          "readinessProbe:\n            httpGet:\n              pathh: /x\n              path:",
        ),
        [Web, 'did you mean "path"', web],
      ],
      [
        "a field one level too high",
        replace(web, "          ports:\n            - containerPort: 8080", "          containerPort: 8080"),
        [Web, "containerPort: unknown field", web],
      ],
      [
        "a missing field",
        replace(
          "tenants/shop/service.yaml",
          "    - port: 80\n      targetPort: 8080",
          "    - targetPort: 8080",
        ),
        ["Service shop/web", "spec.ports[0].port: missing field", "tenants/shop/service.yaml"],
      ],
      [
        "a quantity that is none",
        replace(web, "memory: 64Mi", "memory: 64 MB"),
        [Web, '"64 MB" is not a quantity', web],
      ],
      [
        "a duration that is none",
        replace(shop, "interval: 10m", "interval: 10 minutes"),
        [Shop, "spec.interval", shop, "production"],
      ],
      [
        "a field that Flux does not have",
        replace(release, "  interval: 50m", "  interval: 50m\n  valuesForm: []"),
        [Podinfo, "spec.valuesForm: unknown field", release],
      ],
      [
        "a kind that is misspelt",
        write("tenants/shop/more.yaml", object("v1", "Sevice", "more", "spec: {}\n")),
        ["Sevice shop/more", "did you mean v1 Service?", "tenants/shop/more.yaml"],
      ],
      [
        "a custom object of the wrong type",
        replace(widget, "most: 5", "most: five"),
        ["Widget shop/first", "spec.most: expected an integer", widget],
      ],
      [
        "a custom object that is too small",
        replace(widget, "size: ${replicas}", "size: 0"),
        ["Widget shop/first", "spec.size: 0 must be >= 1", widget],
      ],
      [
        "a number that Flux makes of text",
        replace(
          "infrastructure/configs/issuers.yaml",
          "apiVersion",
          'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: numbers\n  namespace: shop\ndata:\n  replicas: "${replicas}"\n---\napiVersion',
        ),
        ["ConfigMap shop/numbers", "data.replicas: expected text", "infrastructure/configs/issuers.yaml"],
      ],
    ],
    cel: [
      [
        "a rule of the fleet's own kind",
        replace(widget, "most: 5", "most: 1"),
        ["Widget shop/first", "size must not be more than most", widget],
      ],
      [
        "a release with two charts",
        replace(
          release,
          "  values:",
          "  chart:\n    spec:\n      chart: podinfo\n      version: 6.x\n      sourceRef:\n        kind: HelmRepository\n        name: podinfo\n  values:",
        ),
        [Podinfo, "", release],
      ],
    ],
    "deprecated-api": [
      [
        "one that is gone",
        replace("tenants/shop/budget.yaml", "policy/v1", "policy/v1beta1"),
        ["PodDisruptionBudget shop/web", "gone since 1.25", "tenants/shop/budget.yaml"],
      ],
      [
        "one of Flux",
        replace("apps/base/podinfo/repository.yaml", "fluxcd.io/v1", "fluxcd.io/v1beta2"),
        ["OCIRepository podinfo/podinfo", "Flux 2.9 does not serve", "apps/base/podinfo/repository.yaml"],
      ],
      [
        "one that is deprecated",
        write("tenants/shop/more.yaml", object("v1", "Endpoints", "far", "subsets: []\n")),
        ["Endpoints shop/far", "is deprecated since Kubernetes 1.33", "tenants/shop/more.yaml"],
      ],
    ],
    namespace: [
      [
        "none",
        replace("tenants/shop/service.yaml", "  namespace: shop\n", ""),
        ["Service web", "has no namespace", "tenants/shop/service.yaml"],
      ],
      [
        "one that nothing makes",
        replace("tenants/shop/service.yaml", "namespace: shop", "namespace: shops"),
        ["Service shops/web", "nothing makes its namespace 'shops'", "tenants/shop/service.yaml"],
      ],
    ],
    "service-account": [
      [
        "of a pod",
        replace(web, "serviceAccountName: web", "serviceAccountName: wbe"),
        [Web, "runs as ServiceAccount shop/wbe", web],
      ],
      [
        "of a tenant",
        replace(shop, "shop-deployer", "shop-deploy"),
        [Shop, "applies as ServiceAccount shop/shop-deploy", shop, "production"],
      ],
      [
        "of a release",
        replace(certManager, "  interval: 30m\n", "  interval: 30m\n  serviceAccountName: installer\n"),
        [CertManager, "installs as ServiceAccount cert-manager/installer", certManager],
      ],
    ],
    "config-reference": [
      [
        "a ConfigMap",
        replace(
          web,
          "configMapRef:\n                name: web",
          "configMapRef:\n                name: settings",
        ),
        [Web, "needs ConfigMap shop/settings", web],
      ],
      [
        "a certificate's Secret under another name",
        replace(web, "            secretName: web-tls", "            secretName: web-cert"),
        [Web, "needs Secret shop/web-cert", web],
      ],
      [
        "values of a release",
        replace(
          release,
          "  values:",
          "  valuesFrom:\n    - kind: Secret\n      name: podinfo-values\n  values:",
        ),
        [Podinfo, "needs Secret podinfo/podinfo-values", release],
      ],
      [
        "a Secret to pull images with",
        replace(
          web,
          "      serviceAccountName: web",
          "      serviceAccountName: web\n      imagePullSecrets:\n        - name: registry",
        ),
        [Web, "needs Secret shop/registry", web],
      ],
    ],
    "custom-kind": [
      [
        "its definition comes later",
        all(
          replace(infrastructure, "  dependsOn:\n    - name: controllers\n", ""),
          replace(
            "clusters/production/apps.yaml",
            "- name: configs",
            "- name: configs\n    - name: controllers",
          ),
          replace(
            shop,
            "  dependsOn:\n",
            "  dependsOn:\n    - name: controllers\n      namespace: flux-system\n",
          ),
          write("infrastructure/configs/issuers.yaml", object("v1", "ConfigMap", "none", "data: {}\n")),
        ),
        ["Widget shop/first", "does not wait for", widget, "production"],
      ],
      [
        "its chart is in the same Kustomization",
        append(
          certManager,
          "---\napiVersion: cert-manager.io/v1\nkind: ClusterIssuer\nmetadata:\n  name: early\nspec:\n  selfSigned: {}\n",
        ),
        ["ClusterIssuer early", "the same Kustomization", certManager],
      ],
      [
        "nothing provides it",
        write(
          "infrastructure/configs/monitor.yaml",
          object(
            "monitoring.coreos.com/v1",
            "ServiceMonitor",
            "web",
            "spec:\n  endpoints: []\n  selector: {}\n",
          ),
        ),
        ["ServiceMonitor shop/web", "kube-prometheus-stack would", "infrastructure/configs/monitor.yaml"],
      ],
      [
        "a version that it does not have",
        replace(widget, "example.com/v1", "example.com/v2"),
        ["Widget shop/first", "is no version of Widget", widget],
      ],
    ],
    "two-owners": [
      [
        "two Kustomizations",
        write("infrastructure/configs/web.yaml", object("v1", "ConfigMap", "web", "data:\n  color: red\n")),
        ["ConfigMap shop/web", "is also applied by Kustomization flux-system/configs", web],
      ],
    ],
    variables: [
      [
        "a ConfigMap that is not there",
        replace(
          "clusters/production/shop.yaml",
          "  serviceAccountName",
          "  postBuild:\n    substituteFrom:\n      - kind: ConfigMap\n        name: shop-values\n  serviceAccountName",
        ),
        [Shop, "the ConfigMap 'shop-values' with variables is not in git", shop, "production"],
      ],
      [
        "a misspelt name",
        replace(infrastructure, "log_level: info", "log_levle: info"),
        [Values, "did you mean 'log_level'?", infrastructure, "production"],
      ],
      [
        "a value that is not accepted",
        replace(infrastructure, "log_level: info", "log_level: loud"),
        [Values, "not one of info, debug", infrastructure, "production"],
      ],
    ],
    unique: [
      [
        "the same domain twice",
        replace(infrastructure, "production.example.com", "staging.example.com"),
        [Values, "as cluster staging does", infrastructure, "production"],
      ],
    ],
    "plaintext-secret": [
      [
        "a Secret",
        write(
          "tenants/shop/secret.yaml",
          object("v1", "Secret", "login", "stringData:\n  password: hunter2\n"),
        ),
        ["Secret shop/login", "stringData.password", "tenants/shop/secret.yaml"],
      ],
      [
        "a ConfigMap",
        replace(web, "color: blue", "db_password: hunter2"),
        ["ConfigMap shop/web", "data.db_password", web],
      ],
      [
        "a release",
        replace(release, "    ingress:", "    redis:\n      password: hunter2\n    ingress:"),
        [Podinfo, "spec.values.redis.password", release],
      ],
      [
        "a private key",
        replace(web, "color: blue", 'key: "-----BEGIN PRIVATE KEY-----"'),
        ["ConfigMap shop/web", "data.key", web],
      ],
    ],
    "leaked-branch": [
      [
        "a source of the same repository",
        append(
          "clusters/production/apps.yaml",
          "---\napiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata:\n  name: work\n  namespace: flux-system\nspec:\n  interval: 1m\n  ref:\n    branch: NOM-12\n  url: https://git.example.com/acme/fleet.git\n",
        ),
        [
          "GitRepository flux-system/work",
          "follows branch 'NOM-12'",
          "clusters/production/apps.yaml",
          "production",
        ],
      ],
    ],
    range: [
      [
        "a chart without an end",
        replace(certManager, "version: 1.x", 'version: ">=1.0.0"'),
        [CertManager, "has no end", certManager],
      ],
      [
        "a chart without a version",
        replace(certManager, "      version: 1.x\n", ""),
        [CertManager, "'*' has no end", certManager],
      ],
      [
        "an artifact without an end",
        replace("apps/base/podinfo/repository.yaml", "semver: 6.x", 'semver: "*"'),
        ["OCIRepository podinfo/podinfo", "has no end", "apps/base/podinfo/repository.yaml"],
      ],
    ],
    probes: [
      [
        "none",
        replace(
          web,
          "          readinessProbe:\n            httpGet:\n              path: /ready\n              port: 8080\n",
          "",
        ),
        [Web, "has no readinessProbe", web],
      ],
    ],
    requests: [
      ["no memory", replace(web, "              memory: 64Mi\n", ""), [Web, "requests no memory", web]],
    ],
    "disruption-budget": [
      [
        "none",
        (files) => void files.delete("tenants/shop/budget.yaml"),
        [Web, "no PodDisruptionBudget", web],
      ],
      [
        "none may go",
        replace("tenants/shop/budget.yaml", "maxUnavailable: 1", "minAvailable: 2"),
        ["PodDisruptionBudget shop/web", "lets none of the 2 replicas", "tenants/shop/budget.yaml"],
      ],
    ],
    "tenant-rbac": [
      [
        "no account",
        replace(shop, "  serviceAccountName: shop-deployer\n", ""),
        [Shop, "all rights of Flux", shop, "production"],
      ],
      [
        "a binding across the cluster",
        all(
          replace(tenant, "kind: RoleBinding", "kind: ClusterRoleBinding"),
          replace(
            tenant,
            "  name: shop-deployer\n  namespace: shop\nroleRef",
            "  name: shop-deployer\nroleRef",
          ),
        ),
        ["ClusterRoleBinding shop-deployer", "which may do everything", tenant],
      ],
      [
        "a release with all rights",
        write(
          "tenants/shop/release.yaml",
          `${object("source.toolkit.fluxcd.io/v1", "OCIRepository", "redis", "spec:\n  interval: 1h\n  url: oci://registry.example.com/redis\n  ref:\n    tag: 1.0.0\n")}---\n${object("helm.toolkit.fluxcd.io/v2", "HelmRelease", "redis", "spec:\n  interval: 1h\n  chartRef:\n    kind: OCIRepository\n    name: redis\n")}`,
        ),
        ["HelmRelease shop/redis", "is installed with all rights of Flux", "tenants/shop/release.yaml"],
      ],
    ],
  };
}

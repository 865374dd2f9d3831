import type { TestedFleet } from "./compare.ts";
import { Random } from "./random.ts";

/** Manifests by path. */
type Files = Map<string, string>;

const paths = ["clusters/production", "clusters/staging"];

/**
 * A repository as people write it by hand: Flux's example of a monorepo, with overlays of a base, components,
 * generators, replacements and plain YAML without any kustomization.yaml.
 */
export function foreignFleet(seed: number): TestedFleet {
  const random = new Random(seed);
  const files = handWritten(random);
  return {
    files,
    releases: new Map(),
    paths,
    change() {
      for (;;) {
        const [name, mutate] = random.pick(mutations);
        const changed = new Map(files);
        if (mutate(changed, random)) return Promise.resolve({ name, files: changed });
      }
    },
  };
}

const flux = (name: string, path: string, more = "") => `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: ${name}
  namespace: flux-system
spec:
  interval: 1h
  path: ${path}
  prune: true
  sourceRef:
    kind: GitRepository
    name: flux-system
${more}`;

const substituted = `  postBuild:
    substitute:
      inline: in
    substituteFrom:
      - kind: ConfigMap
        name: settings
      - kind: Secret
        name: secrets
        optional: true
`;

function handWritten(random: Random): Files {
  const files: Files = new Map();
  for (const path of paths) cluster(files, path, random);
  files.set(
    "infrastructure/kustomization.yaml",
    "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n  - ingress.yaml\n  - limits/\n",
  );
  files.set("infrastructure/ingress.yaml", deployment("ingress", "infra", random));
  files.set("infrastructure/limits/Kustomization", "resources: [quota.yaml]\ncommonLabels: {team: infra}\n");
  files.set(
    "infrastructure/limits/quota.yaml",
    "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: quota, namespace: infra}\nspec: {hard: {pods: '${pods:=10}'}}\n",
  );
  for (const app of ["web", "api"]) {
    files.set(`apps/base/${app}/deployment.yaml`, deployment(app, "apps", random));
    files.set(
      `apps/base/${app}/config.yaml`,
      `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${app}-config\n  namespace: apps\ndata:\n  url: https://\${domain}/${app}\n  level: \${level:=info}\n  plain: ${word(random)}\n`,
    );
    files.set(
      `apps/base/${app}/kustomization.yaml`,
      `resources:\n  - deployment.yaml\n  - config.yaml\n${random.chance(0.5) ? `configMapGenerator:\n  - name: ${app}-generated\n    namespace: apps\n    literals:\n      - a=${word(random)}\n      - b=2\n` : ""}`,
    );
  }
  files.set(
    "components/monitoring/kustomization.yaml",
    "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [monitor.yaml]\npatches:\n  - target: {kind: Deployment}\n    patch: |\n      - op: add\n        path: /metadata/annotations\n        value: {monitored: 'yes'}\n",
  );
  files.set(
    "components/monitoring/monitor.yaml",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: monitor, namespace: apps}\ndata: {every: 30s}\n",
  );
  for (const path of paths) overlay(files, path.split("/")[1]!, random);
  return files;
}

function cluster(files: Files, path: string, random: Random): void {
  const name = path.split("/")[1]!;
  files.set(
    `${path}/flux-system/kustomization.yaml`,
    "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- gotk-sync.yaml\n",
  );
  files.set(
    `${path}/flux-system/gotk-sync.yaml`,
    `apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata:\n  name: flux-system\n  namespace: flux-system\nspec:\n  interval: 1m0s\n  ref:\n    branch: main\n  url: ssh://git@git.example.com/fleet.git\n---\n${flux("flux-system", `./${path}`)}`,
  );
  files.set(`${path}/infrastructure.yaml`, flux("infrastructure", "./infrastructure", substituted));
  files.set(
    `${path}/apps.yaml`,
    flux(
      "apps",
      `./apps/${name}`,
      `${substituted}  dependsOn:\n    - name: infrastructure\n${random.chance(0.4) ? "  patches:\n    - target: {kind: Deployment, name: web}\n      patch: |\n        - op: replace\n          path: /spec/replicas\n          value: 9\n" : ""}`,
    ),
  );
  files.set(
    `${path}/settings.yaml`,
    `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n  namespace: flux-system\ndata:\n  domain: ${name}.example.com\n  zone: "${random.below(9)}"\n---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: secrets\n  namespace: flux-system\nstringData:\n  password: word-${random.below(99)}\n`,
  );
  files.set(
    `${path}/nested/deep/namespaces.yml`,
    `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: apps\n`,
  );
  files.set(`${path}/README.md`, "# not a manifest\n");
}

function overlay(files: Files, name: string, random: Random): void {
  const lines = [
    "apiVersion: kustomize.config.k8s.io/v1beta1",
    "kind: Kustomization",
    "resources:",
    "  - ../base/web",
    "  - ../base/api",
    "  - extra.yaml",
  ];
  if (random.chance(0.5)) lines.push("components:", "  - ../../components/monitoring");
  if (random.chance(0.3)) lines.push("namePrefix: p-");
  if (random.chance(0.3)) lines.push("nameSuffix: -s");
  if (random.chance(0.3)) lines.push("namespace: shop");
  if (random.chance(0.5)) lines.push("images:", "  - name: registry.example.com/web", "    newTag: 2.0.0");
  if (random.chance(0.4)) lines.push("replicas:", "  - name: api", "    count: 4");
  if (random.chance(0.4))
    lines.push(
      "labels:",
      "  - pairs: {env: e}",
      `    includeSelectors: ${random.chance(0.5)}`,
      "    includeTemplates: true",
    );
  lines.push("patches:", "  - path: patch.yaml");
  if (random.chance(0.5))
    lines.push(
      "replacements:",
      "  - source: {kind: ConfigMap, name: web-config, fieldPath: data.plain}",
      "    targets:",
      "      - select: {kind: Deployment}",
      "        fieldPaths: [spec.template.metadata.annotations.plain]",
      "        options: {create: true}",
    );
  if (random.chance(0.6))
    lines.push(
      "configMapGenerator:",
      "  - name: files",
      "    namespace: apps",
      "    files: [note.txt]",
      "    envs: [values.env]",
      ...(random.chance(0.5) ? ["    options: {disableNameSuffixHash: true}"] : []),
    );
  if (random.chance(0.5))
    lines.push(
      "secretGenerator:",
      "  - name: token",
      "    namespace: apps",
      "    literals: ['token=t-${zone}']",
      "    type: Opaque",
    );
  files.set(`apps/${name}/kustomization.yaml`, `${lines.join("\n")}\n`);
  files.set(
    `apps/${name}/extra.yaml`,
    `apiVersion: v1\nkind: Secret\nmetadata:\n  name: extra\n  namespace: apps\nstringData:\n  key: \${password:=none}-\${inline}\n---\n${deployment("extra", "apps", random, "files")}`,
  );
  files.set(
    `apps/${name}/patch.yaml`,
    `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: apps\nspec:\n  template:\n    spec:\n      containers:\n        - name: main\n          env:\n            - name: ZONE\n              value: \${zone}\n            - name: KEY1\n              $patch: delete\n`,
  );
  files.set(`apps/${name}/note.txt`, `A note.\nOf ${word(random)}, for \${domain}.\n`);
  files.set(`apps/${name}/values.env`, `ONE=1\n# comment\nWORD=${word(random)}\n`);
}

function deployment(
  name: string,
  namespace: string,
  random: Random,
  configMap = `${name}-generated`,
): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: ${namespace}
  labels: {app: ${name}}
spec:
  replicas: ${1 + random.below(4)}
  selector:
    matchLabels: {app: ${name}}
  template:
    metadata:
      labels: {app: ${name}}
    spec:
      containers:
        - name: main
          image: registry.example.com/${name}:1.${random.below(9)}.0
          envFrom:
            - configMapRef: {name: ${configMap}}
          env:
            - name: KEY1
              value: ${word(random)}
            - name: KEY2
              value: "${random.pick(["on", "1", "${zone:-z}", "a b", "${domain%%.*}"])}"
`;
}

const word = (random: Random): string => random.pick(["red", "green", "1.5", "yes", "0x1f", "'1'", "w-9"]);

const pathsLike = (files: Files, like: RegExp) => [...files.keys()].filter((path) => like.test(path)).sort();

/** Replaces text in one of the files. @returns whether that made a difference */
function edit(
  files: Files,
  random: Random,
  like: RegExp,
  from: RegExp,
  to: (random: Random) => string,
): boolean {
  const path = random.pick(pathsLike(files, like));
  const before = files.get(path)!;
  const after = before.replace(from, to(random));
  files.set(path, after);
  return after !== before;
}

const append = (files: Files, random: Random, like: RegExp, additions: readonly string[]): boolean => {
  const path = random.pick(pathsLike(files, like));
  const addition = random.pick(additions);
  const field = addition.split(":")[0]!;
  if (new RegExp(`^${field}:`, "m").test(files.get(path)!)) return false;
  files.set(path, files.get(path)! + addition);
  return true;
};

const mutations: readonly (readonly [name: string, mutate: (files: Files, random: Random) => boolean])[] = [
  ["base: a value", (f, r) => edit(f, r, /^apps\/base\/.*config\.yaml/, /plain: .*/, (x) => `plain: n${x.below(99)}`)],
  ["base: replicas", (f, r) => edit(f, r, /deployment\.yaml|ingress\.yaml/, /replicas: \d+/, (x) => `replicas: ${x.below(9)}`)],
  ["base: an image", (f, r) => edit(f, r, /deployment\.yaml|extra\.yaml/, /:1\.\d\.0/, (x) => `:3.${x.below(9)}.0`)],
  ["base: an environment variable", (f, r) => edit(f, r, /deployment\.yaml/, /KEY2\n {14}value: .*/, () => "KEY2\n              value: '${level:=warn}'")],
  ["cluster: a variable", (f, r) => edit(f, r, /settings\.yaml/, r.chance(0.5) ? /domain: .*/ : /zone: .*/, (x) => x.pick(["domain: new.example.org", 'zone: "12"', "zone: x"]))],
  ["cluster: a variable goes", (f, r) => edit(f, r, /settings\.yaml/, /^ {2}zone: .*\n/m, () => "")],
  ["cluster: a secret variable", (f, r) => edit(f, r, /settings\.yaml/, /password: .*/, (x) => `password: other-${x.below(999)}`)],
  ["cluster: another overlay", (f, r) => edit(f, r, /apps\.yaml/, /apps\/\w+$/m, (x) => x.pick(["apps/production", "apps/staging", "apps/base/web"]))],
  ["cluster: an inline variable", (f, r) => edit(f, r, /clusters.*(apps|infrastructure)\.yaml/, /inline: in/, (x) => x.pick(["inline: out", "zone: inline"]))],
  ["cluster: a target namespace", (f, r) => edit(f, r, /clusters.*(apps|infrastructure)\.yaml/, /prune: true/, () => "prune: true\n  targetNamespace: moved")],
  ["cluster: a component from Flux", (f, r) => edit(f, r, /clusters.*apps\.yaml/, /prune: true/, () => "prune: true\n  components: [../../components/monitoring]")],
  ["cluster: plain YAML", (f, r) => { f.set(`${r.pick(paths)}/nested/more.yaml`, `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: more-${r.below(9)}\n  namespace: apps\ndata: {a: b}\n`); return true; }],
  ["cluster: a file goes", (f, r) => f.delete(`${r.pick(paths)}/${r.pick(["nested/deep/namespaces.yml", "settings.yaml", "infrastructure.yaml"])}`)],
  ["cluster: what is no manifest", (f, r) => edit(f, r, /README\.md/, /not/, () => "still not")],
  ["overlay: a patch", (f, r) => edit(f, r, /patch\.yaml/, r.chance(0.5) ? /\$patch: delete/ : /name: ZONE/, (x) => x.pick(["value: patched", "name: PLACE"]))],
  ["overlay: a file of a generator", (f, r) => edit(f, r, /note\.txt|values\.env/, /A note|WORD=.*/, (x) => `WORD=w${x.below(99)}`)],
  ["overlay: a base goes", (f, r) => edit(f, r, /apps\/(production|staging)\/kustomization/, / {2}- \.\.\/base\/api\n/, () => "")],
  ["overlay: an option", (f, r) => append(f, r, /apps\/(production|staging|base\/\w+)\/kustomization|infrastructure\/kustomization/, [
    "namePrefix: q-\n", "nameSuffix: -t\n", "namespace: else\n", "commonAnnotations: {who: us}\n", "commonLabels: {who: us}\n",
    "images: [{name: registry.example.com/web, newName: mirror.example.com/web}]\n", "generatorOptions: {disableNameSuffixHash: true, labels: {g: o}}\n",
    "replicas: [{name: web, count: 7}]\n", "sortOptions: {order: fifo}\n", "secretGenerator: [{name: made, literals: [x=y]}]\n",
  ])],
  ["component: a patch", (f, r) => edit(f, r, /components.*kustomization/, /monitored: 'yes'/, () => "monitored: 'no'")],
  ["component: an object", (f, r) => edit(f, r, /monitor\.yaml/, /30s/, () => "60s")],
  ["infrastructure: a default", (f, r) => edit(f, r, /quota/, /:=10/, (x) => `:=${x.below(99)}`)],
  ["infrastructure: a label", (f, r) => edit(f, r, /limits\/Kustomization/, /team: infra/, () => "team: platform")],
  ["broken: YAML", (f, r) => edit(f, r, /config\.yaml|monitor\.yaml/, /kind: /, () => "kind: : ")],
  ["broken: a missing file", (f, r) => f.delete(r.pick(["apps/base/web/config.yaml", "apps/production/patch.yaml", "infrastructure/limits/quota.yaml"]))],
  ["only formatting", (f, r) => edit(f, r, /deployment\.yaml|config\.yaml|kustomization\.yaml/, /^(\w+):/m, () => "# a comment\n\n$1:   ")],
]; // prettier-ignore

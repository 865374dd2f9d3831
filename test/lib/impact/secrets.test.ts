import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { Git } from "../../../lib/git/git.ts";
import { groupImpact } from "../../../lib/impact/group.ts";
import { impactHtml } from "../../../lib/impact/html.ts";
import { impactMarkdown } from "../../../lib/impact/markdown.ts";
import { type Impact, reviewImpact } from "../../../lib/impact/review.ts";
import { impactText } from "../../../lib/impact/text.ts";
import { temporaryFolder } from "../../support/fleet.ts";
import { TextRepository } from "../../support/text-repository.ts";

/** All that can be printed of an impact. */
function outputs(impact: Impact): string {
  const some = (name: string) => name === "production";
  return [
    JSON.stringify({ ...impact, groups: groupImpact(impact) }),
    impactText(impact, some, (_, text) => text, 80),
    impactText(impact, some, (_, text) => text),
    impactMarkdown(impact, some),
    impactHtml(impact, some),
  ].join("\n");
}

const base64 = (text: string) => Buffer.from(text).toString("base64");

/** What a secret may be: something that no manifest has by chance. */
const secret = fc
  .tuple(fc.constantFrom("", "p@ss ", "{", "a: ", "0", "x\ny", "${z:=1}", "'", '"', "%"), fc.stringMatching(/^[a-zA-Z0-9]{12,20}$/))
  .map(([before, text]) => ({ whole: `${before}S3${text}`, core: `S3${text}` })); // prettier-ignore

const cluster = (values: readonly string[], shape: number) => {
  const [a, b, c, d] = values as [string, string, string, string];
  const yaml = (text: string) => JSON.stringify(text);
  return {
    "clusters/production/secrets.yaml": `
apiVersion: v1
kind: Secret
metadata:
  name: variables
  namespace: flux-system
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: ${yaml(JSON.stringify({ stringData: { password: a } }))}
stringData: {password: ${yaml(a)}}
---
apiVersion: v1
kind: Secret
metadata: {name: other, namespace: apps}
data: {token: ${base64(b)}}
`,
    "clusters/production/apps.yaml": `
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec:
  path: ./apps
  prune: true
  sourceRef: {kind: GitRepository, name: flux-system}
  postBuild: {substituteFrom: [{kind: Secret, name: variables}]}
`,
    "apps/kustomization.yaml": `
resources: [app.yaml]
secretGenerator:
  - name: made
    namespace: apps
    literals: [${yaml(`token=${c.replaceAll("\n", " ").replaceAll("$", "$$")}`)}]
  - name: file
    namespace: apps
    files: [secret.txt]
`,
    "child/config.yaml": `
apiVersion: v1
kind: ConfigMap
metadata: {name: child, namespace: apps}
data:
  a: \${inline}
  b: \${passed}
`,
    "apps/secret.txt": d.replaceAll("$", "$$"),
    "apps/app.yaml":
      shape === 0
        ? `
apiVersion: v1
kind: ConfigMap
metadata: {name: app, namespace: apps}
data:
  url: postgres://user:\${password}@db
  upper: \${password^^}
  rest: \${password:1}
`
        : `
apiVersion: v1
kind: Pod
metadata:
  name: app
  namespace: apps
  labels:
    \${password}: "\${password}"
spec:
  containers:
    - name: \${password:=x}
      args: ["\${password}"]
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: named-\${password}
  namespace: flux-system
data:
  passed: on-\${password}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: binding
roleRef: {kind: ClusterRole, name: admin}
subjects:
  - kind: User
    name: u-\${password}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: passed-on
  namespace: flux-system
data:
  passed: on-\${password}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: child
  namespace: flux-system
spec:
  path: ./child
  prune: true
  sourceRef: {kind: GitRepository, name: flux-system}
  postBuild:
    substitute:
      inline: in-\${password}
    substituteFrom:
      - kind: ConfigMap
        name: passed-on
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata:
  name: outside
  namespace: flux-system
spec:
  url: https://user:\${password}@git.example.com/outside.git
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: outside
  namespace: flux-system
spec:
  path: ./
  sourceRef: {kind: GitRepository, name: outside}
`,
  };
};

describe("values of Secrets", () => {
  let repository: TextRepository;
  beforeAll(() => {
    repository = new TextRepository(temporaryFolder());
    repository.git("remote", "add", "origin", "https://git.example.com/fleet.git");
  });

  test("are in no output, in whatever form", async () => {
    const values = fc.tuple(secret, secret, secret, secret);
    await fc.assert(
      fc.asyncProperty(values, values, fc.nat(1), fc.nat(1), async (before, after, from, to) => {
        const wholes = (list: typeof before) => list.map(({ whole }) => whole);
        repository.commit(cluster(wholes(before), from));
        repository.commit(cluster(wholes(after), to), "refs/heads/change");
        const impact = await reviewImpact(new Git(repository.root), {
          base: "main",
          head: "change",
          paths: ["clusters/production"],
        });
        expect(impact.clusters).toHaveLength(1);
        const printed = outputs(impact).toLowerCase();
        for (const { whole, core } of [...before, ...after]) {
          expect(printed).not.toContain(core.toLowerCase());
          expect(printed).not.toContain(core.slice(2, 10).toLowerCase());
          expect(printed).not.toContain(base64(whole).slice(0, 16).toLowerCase());
        }
      }),
      { numRuns: 25 },
    );
  }, 120_000);

  test("are not in the names of what a list is compared by", async () => {
    repository.commit(cluster(["S3aaaaaaaa", "b", "c", "d"], 1));
    repository.commit(cluster(["S3eeeeeeee", "b", "c", "d"], 1), "refs/heads/change");
    const impact = await reviewImpact(new Git(repository.root), {
      base: "main",
      head: "change",
      paths: ["clusters/production"],
    });
    const app = impact.clusters[0]!.changes.find(({ object }) => object.name === "app")!;
    expect(app.fields.length).toBeGreaterThan(0);
    const child = impact.clusters[0]!.changes.find(({ object }) => object.name === "child")!;
    expect(child.fields).not.toEqual([]);
    const binding = impact.clusters[0]!.changes.find(({ object }) => object.name === "binding")!;
    expect(binding.fields).not.toEqual([]);
    expect(outputs(impact)).not.toMatch(/S3aaaa|S3eeee/);
  });

  test("show that they changed", async () => {
    repository.commit(cluster(["aaaa", "bbbb", "cccc", "dddd"], 0));
    repository.commit(cluster(["eeee", "ffff", "gggg", "hhhh"], 0), "refs/heads/change");
    const { clusters } = await reviewImpact(new Git(repository.root), {
      base: "main",
      head: "change",
      paths: ["clusters/production"],
    });
    const of = (name: string) => clusters[0]!.changes.find(({ object }) => object.name === name)!;
    expect(of("other").fields).toEqual([{ path: "data.token", before: "(secret)", after: "(secret)" }]);
    expect(
      of("app")
        .fields.map(({ path }) => path)
        .sort(),
    ).toEqual(["data.rest", "data.upper", "data.url"]);
  });
});

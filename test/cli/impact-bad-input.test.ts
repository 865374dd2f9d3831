import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { run, temporaryFolder } from "../support/fleet.ts";
import { TextRepository } from "../support/text-repository.ts";

type Files = Readonly<Record<string, string | Buffer>>;
const cli = new URL("../../bin/sluice.js", import.meta.url).pathname;

interface Measured {
  readonly code: number;
  readonly text: string;
  readonly seconds: number;
  readonly peakMiB: number;
}

/** Runs `sluice impact` and measures what it took. */
async function impact(root: string, ...args: string[]): Promise<Measured> {
  const begin = performance.now();
  const report = "process.on('exit',()=>process.stderr.write('peak='+process.resourceUsage().maxRSS))";
  const { code, stdout, stderr } = await run(
    process.execPath,
    ["--import", `data:text/javascript,${report}`, cli, "impact", "--no-registry", ...args],
    root,
  );
  const [, peak] = /peak=(\d+)/.exec(stderr)!;
  const text = stdout + stderr.replace(/peak=\d+/, "");
  expect(text).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
  expect(text).not.toContain("defect");
  return { code, text, seconds: (performance.now() - begin) / 1000, peakMiB: Number(peak) / 1024 };
}

const config = (name: string, value = "a") =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: apps}\ndata: {key: '${value}'}\n`;
const flux = (name: string, path: string, more = "") =>
  `apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: ${name}, namespace: flux-system}\nspec:\n  path: ${path}\n  prune: true\n  sourceRef: {kind: GitRepository, name: flux-system}\n${more}`;

/** One cluster whose app can be broken, and another that always changes. */
const repository: Files = {
  "manifests/clusters/broken/app.yaml": flux("app", "./manifests/clusters/broken/app"),
  "manifests/clusters/broken/app/kustomization.yaml": "resources: [config.yaml]\n",
  "manifests/clusters/broken/app/config.yaml": config("settings"),
  "manifests/clusters/whole/config.yaml": config("settings"),
};

/** The impact of a change of `broken`, which must not keep `whole` from being told. */
async function change(files: Files): Promise<Measured> {
  const made = new TextRepository(temporaryFolder());
  made.commit(repository);
  const whole = { "manifests/clusters/whole/config.yaml": config("settings", "b") };
  made.commit({ ...repository, ...whole, ...files }, "refs/heads/change");
  made.git("checkout", "--quiet", "--force", "main");
  const measured = await impact(made.root, "--base", "main", "--head", "change");
  expect(measured.text).toContain("data.key: a → b");
  return measured;
}

const app = (text: string | Buffer): Files => ({ "manifests/clusters/broken/app/config.yaml": text });
const bound = { seconds: 20, peakMiB: 400 };

describe("what there is to compare", () => {
  test("outside of a repository it says so", async () => {
    const { code, text } = await impact(temporaryFolder());
    expect([code, text]).toEqual([2, expect.stringContaining("is in no git repository")]);
  });

  test("in a repository without manifests it says what makes them", async () => {
    const made = new TextRepository(temporaryFolder());
    made.commit({ "README.md": "nothing\n" });
    const { code, text } = await impact(made.root);
    expect([code, text]).toEqual([2, expect.stringMatching(/no folder manifests[\s\S]*--path/)]);
  });

  test("a folder that is not there is named", async () => {
    const made = new TextRepository(temporaryFolder());
    made.commit(repository);
    const { code, text } = await impact(made.root, "--path", "clusters/nowhere");
    expect([code, text]).toEqual([2, expect.stringContaining("there is no folder clusters/nowhere")]);
  });

  test("a repository without any commit", async () => {
    const { code, text } = await impact(new TextRepository(temporaryFolder()).root, "--path", "x");
    expect([code, text]).toEqual([1, expect.stringContaining("no main or master branch")]);
  });

  test.each(["nonsense", "main:README", "--upload-pack=touch", "a b", "HEAD@{99}", "-x"])(
    "the reference %s is unknown",
    async (reference) => {
      const made = new TextRepository(temporaryFolder());
      made.commit(repository);
      made.git("checkout", "--quiet", "--force", "main");
      for (const side of ["--base", "--head"]) {
        const { code, text } = await impact(made.root, `${side}=${reference}`);
        expect(text).toMatch(/is no revision of this clone|no main/);
        expect(code).toBeGreaterThan(0);
      }
    },
  );

  test("a clone that does not go back far enough says how to fetch more", async () => {
    const origin = new TextRepository(temporaryFolder());
    origin.commit(repository);
    origin.commit({ ...repository, "manifests/clusters/whole/config.yaml": config("x") });
    const root = join(temporaryFolder(), "clone");
    const cloned = await run(
      "git",
      ["clone", "-q", "--depth", "1", "--branch", "main", `file://${origin.root}`, root],
      "/",
    );
    expect(cloned.code).toBe(0);
    const other = ["checkout", "-q", "--orphan", "other"];
    await run("git", other, root);
    await run("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-qm", "x"], root);
    const { code, text } = await impact(root);
    expect([code, text]).toEqual([1, expect.stringContaining("git fetch --unshallow")]);
    const unknown = await impact(root, "--base", "main~1");
    expect([unknown.code, unknown.text]).toEqual([
      2,
      expect.stringContaining("is no revision of this clone"),
    ]);
  });
});

describe("manifests that are none", () => {
  test("a binary file", async () => {
    const { code, text } = await change(app(Buffer.from([0, 1, 2, 255, 254, 0])));
    expect([code, text]).toEqual([1, expect.stringMatching(/app will fail: .*config\.yaml: is binary/)]);
  });

  test("broken YAML, with its line", async () => {
    const { code, text } = await change(app(`${config("a")}---\nkind: [\n`));
    expect([code, text]).toEqual([
      1,
      expect.stringMatching(/app will fail: .*config\.yaml:\d+: broken YAML/),
    ]);
  });

  test.each([
    ["text that is no object", "just text\n", /is no Kubernetes object/],
    ["a list", "- a\n- b\n", /is no Kubernetes object/],
    ["an object without a kind", "apiVersion: v1\nmetadata: {name: a}\n", /missing kind/],
    ["an object without a name", "apiVersion: v1\nkind: ConfigMap\n", /missing metadata\.name/],
    ["metadata that is no mapping", "apiVersion: v1\nkind: ConfigMap\nmetadata: [1]\n", /missing metadata\.name/],
    ["a tab for a space", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: a\n", /broken YAML/],
    ["a key twice", "apiVersion: v1\nkind: ConfigMap\nkind: Secret\nmetadata: {name: a}\n", /config\.yaml/],
    ["half a character", Buffer.concat([Buffer.from(config("a")), Buffer.from([0xc3, 0x28, 0x0a])]), /broken YAML/],
  ])("%s", async (_, text, words) => {
    const measured = await change(app(text));
    expect(measured.text).toMatch(/app will fail/);
    expect(measured.text).toMatch(words);
    expect(measured.code).toBe(1);
  }); // prettier-ignore

  test.each([
    ["that names what is not there", "resources: [nowhere.yaml]\n", /no such file/],
    ["that names itself", "resources: [.]\n", /cycle detected/],
    ["that leaves the repository", "resources: [../../../../../../etc]\n", /leads out of the source/],
    ["of an unknown field", "resource: [config.yaml]\n", /unknown field "resource"/],
    ["that is a list", "- a\n", /is no kustomization/],
    ["of another shape", "resources: {a: b}\n", /is a list of texts/],
  ])("a kustomization %s", async (_, text, words) => {
    const measured = await change({ "manifests/clusters/broken/app/kustomization.yaml": text });
    expect(measured.text).toMatch(words);
    expect(measured.code).toBe(1);
  }); // prettier-ignore
});

describe("bombs, within bounded time and memory", () => {
  test("a manifest of 50 MB", async () => {
    const line = `  key: ${"x".repeat(1000)}\n`;
    const text = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: big}\ndata:\n${Array.from({ length: 50_000 }, (_, n) => line.replace("key", `k${n}`)).join("")}`;
    const measured = await change(app(text));
    expect(measured.text).toMatch(/config\.yaml: has \d+ MiB, more than the \d+ that manifests may have/);
    expect(measured.seconds).toBeLessThan(bound.seconds);
    expect(measured.peakMiB).toBeLessThan(bound.peakMiB);
  });

  test("aliases of aliases", async () => {
    const levels = Array.from(
      { length: 30 },
      (_, n) => `  l${n}: &l${n} [${n === 0 ? "x, x" : `*l${n - 1}, *l${n - 1}`}]`,
    );
    const measured = await change(
      app(`apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bomb}\ndata:\n${levels.join("\n")}\n`),
    );
    expect(measured.text).toMatch(/app will fail: .*alias/);
    expect(measured.seconds).toBeLessThan(bound.seconds);
    expect(measured.peakMiB).toBeLessThan(bound.peakMiB);
  });

  test("an alias of what it stands in", async () => {
    const measured = await change(app(`${config("loop")}more: &a [*a]\n`));
    expect(measured.text).toMatch(/app will fail: .*contains itself/);
  });

  test("100,000 brackets", async () => {
    const measured = await change(
      app(`${config("deep")}more: ${"[".repeat(100_000)}${"]".repeat(100_000)}\n`),
    );
    expect(measured.text).toMatch(/app will fail: .*config\.yaml/);
    expect(measured.seconds).toBeLessThan(bound.seconds);
    expect(measured.peakMiB).toBeLessThan(bound.peakMiB);
  });

  test("a substitution that grows beyond any manifest", async () => {
    const text = Array.from({ length: 200 }, (_, n) => `  k${n}: "${"${a}".repeat(50)}"`).join("\n");
    const measured = await change({
      "manifests/clusters/broken/app.yaml": flux(
        "app",
        "./manifests/clusters/broken/app",
        `  postBuild: {substitute: {a: "${"x".repeat(100_000)}"}}\n`,
      ),
      ...app(`apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bomb}\ndata:\n${text}\n`),
    });
    expect(measured.text).toMatch(/app will fail: .*config\.yaml:1: ConfigMap bomb: /);
    expect(measured.seconds).toBeLessThan(bound.seconds);
    expect(measured.peakMiB).toBeLessThan(bound.peakMiB);
  });

  test("a substitution that replaces each letter by many, again and again", async () => {
    const nested = Array.from({ length: 40 }, () => "").reduce(
      (inner) => `\${a/x/${inner === "" ? "xxxxxxxxxx" : inner}}`,
      "",
    );
    const measured = await change({
      "manifests/clusters/broken/app.yaml": flux(
        "app",
        "./manifests/clusters/broken/app",
        `  postBuild: {substitute: {a: "${"x".repeat(1000)}"}}\n`,
      ),
      ...app(config("bomb", nested.replaceAll("/x/", "//x/"))),
    });
    expect(measured.text).toMatch(/app will fail: .*ConfigMap bomb: /);
    expect(measured.seconds).toBeLessThan(bound.seconds);
    expect(measured.peakMiB).toBeLessThan(bound.peakMiB);
  });

  test("Kustomizations that make ever more Kustomizations", async () => {
    const measured = await change(
      app(
        `${flux("x${n:=}", "./manifests/clusters/broken/app")}  postBuild: {substitute: {n: "x\${n:=}"}, substituteStrategy: Always}\n`,
      ),
    );
    expect(measured.seconds).toBeLessThan(bound.seconds);
    expect(measured.peakMiB).toBeLessThan(bound.peakMiB);
  });
});

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { run, temporaryFolder } from "./support/fleet.ts";

const root = new URL("../", import.meta.url).pathname;
const bin = join(root, "node_modules/.bin");
const path = { PATH: `${bin}:${process.env["PATH"]}` };

/** What a team writes that uses one construct in a chart of its own. */
const main = `
import { App, Chart } from "cdk8s";
import { CertManager } from "sluice/constructs";
import { externalName, type Track } from "sluice";

export const track: Track = { semver: "1.x" };
const app = new App();
const chart = new Chart(app, externalName("team", "platform"));
new CertManager(chart, "cert-manager", { replicas: 2 });
app.synth();
`;

describe("the packed package, in an empty project", () => {
  const project = temporaryFolder();

  beforeAll(async () => {
    const packed = await run("npm", ["pack", "--silent", "--pack-destination", project], root, path);
    expect(packed.code, packed.stderr).toBe(0);
    const tarball = readdirSync(project).find((name) => name.endsWith(".tgz"))!;
    writeFileSync(
      join(project, "package.json"),
      JSON.stringify({ name: "team", private: true, type: "module" }),
    );
    writeFileSync(join(project, "cdk8s.yaml"), "language: typescript\napp: node main.ts\n");
    writeFileSync(join(project, "main.ts"), main);
    const options = {
      module: "nodenext",
      target: "es2023",
      strict: true,
      noEmit: true,
      skipLibCheck: false,
      types: ["node"],
    };
    writeFileSync(
      join(project, "tsconfig.json"),
      JSON.stringify({ compilerOptions: options, include: ["main.ts"] }),
    );
    const { version } = JSON.parse(
      readFileSync(join(root, "node_modules/@types/node/package.json"), "utf8"),
    ) as { version: string };
    const installed = await run(
      "npm",
      [
        "install",
        "--no-audit",
        "--no-fund",
        "--prefer-offline",
        `./${tarball}`,
        "cdk8s",
        "constructs",
        `@types/node@${version}`,
      ],
      project,
      path,
    );
    expect(installed.code, installed.stderr).toBe(0);
  }, 300_000);

  it("type-checks, its declarations included", async () => {
    const { code, stdout } = await run(join(bin, "tsc"), ["--project", project], project);
    expect(stdout).toBe("");
    expect(code).toBe(0);
  });

  it("synthesises a construct in a plain cdk8s chart", async () => {
    mkdirSync(join(project, "dist"), { recursive: true });
    const { code, stderr } = await run(join(bin, "cdk8s"), ["synth"], project, path);
    expect(code, stderr).toBe(0);
    const manifest = readFileSync(join(project, "dist/team-platform.k8s.yaml"), "utf8");
    expect(manifest).toContain("kind: HelmRelease");
    expect(manifest).toContain("sluice.dev/teardown: controller");
  });

  it("has the command", async () => {
    const { code, stdout } = await run(join(project, "node_modules/.bin/sluice"), ["--help"], project, path);
    expect(stdout).toContain("Usage: sluice");
    expect(code).toBe(0);
  });

  it("holds no test but the control plane for others' tests, no fleet and no source", async () => {
    const { stdout } = await run("find", ["node_modules/sluice", "-type", "f"], project);
    const files = stdout.split("\n").filter((file) => !file.includes("/test/e2e/control-plane/"));
    expect(files.length).toBeGreaterThan(100);
    expect(files.filter((file) => /\/(test|clusters|manifests)\/|(?<!\.d)\.ts$/.test(file))).toEqual([]);
  });
});

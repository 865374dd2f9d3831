import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { best, parseRange, parseVersion } from "../fleet/semver.ts";
import { UserError } from "../fleet/user-error.ts";
import { readManifests } from "../flux/go-yaml-read.ts";
import { isClusterScoped } from "../flux/kustomize/knowledge.ts";

const run = promisify(execFile);
type Json = Readonly<Record<string, unknown>>;

/** A release of a chart, as a HelmRelease asks for it. */
export interface ChartRelease {
  readonly name: string;
  readonly namespace: string;
  readonly chart: string;
  /** A version or a range; undefined for the newest. */
  readonly version: string | undefined;
  readonly values: Json;
}

/** What a chart gives, or why that cannot be told. */
export type Rendered = { readonly objects: readonly Json[] } | { readonly reason: string };

/** Where charts are looked for unless somebody says where. */
export const chartsFolder = (): string =>
  join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "sluice/charts");

const seconds = 60;

/**
 * Renders charts with helm, out of a folder of archives as `helm pull` writes them: `<chart>-<version>.tgz`. Nothing is
 * fetched.
 */
export class Charts {
  readonly #folder: string;
  readonly #rendered = new Map<string, Promise<Rendered>>();
  #archives: Promise<readonly string[]> | undefined;

  constructor(folder = chartsFolder()) {
    this.#folder = folder;
  }

  /** @throws UserError where there is no helm */
  async check(): Promise<void> {
    try {
      await run("helm", ["version", "--short"]);
    } catch {
      throw new UserError(
        { where: "--render", message: "there is no helm on the PATH", remedy: "install helm 3.8 or newer" },
        2,
      );
    }
  }

  /** The objects of a release. Equal releases are rendered once. */
  render(release: ChartRelease): Promise<Rendered> {
    const key = JSON.stringify(release);
    let rendered = this.#rendered.get(key);
    if (rendered === undefined) this.#rendered.set(key, (rendered = this.#render(release)));
    return rendered;
  }

  async #render({ name, namespace, chart, version, values }: ChartRelease): Promise<Rendered> {
    const archive = await this.#archive(chart, version);
    if (archive === undefined)
      return {
        reason: `the chart ${chart} ${version ?? "*"} is not in ${this.#folder} (helm pull puts it there)`,
      };
    const folder = await mkdtemp(join(tmpdir(), "sluice-chart-"));
    try {
      await writeFile(join(folder, "values.json"), JSON.stringify(values));
      const options = ["--namespace", namespace, "--values", join(folder, "values.json"), "--include-crds"];
      const { stdout } = await run("helm", ["template", name, join(this.#folder, archive), ...options], {
        timeout: seconds * 1000,
        maxBuffer: 100 * 1024 * 1024,
      });
      return { objects: readManifests(stdout).flatMap(({ value }) => objectOf(value, namespace)) };
    } catch (error) {
      const { stderr, message } = error as { stderr?: string; message: string };
      return { reason: `helm cannot render ${archive}: ${(stderr || message).trim().split("\n")[0]}` };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async #archive(chart: string, version = "*"): Promise<string | undefined> {
    this.#archives ??= readdir(this.#folder).catch(() => []);
    const versions = (await this.#archives).flatMap((file) => {
      const found = file.startsWith(`${chart}-`) ? file.slice(chart.length + 1).replace(/\.tgz$/, "") : "";
      return file.endsWith(".tgz") && parseVersion(found) !== undefined ? [found] : [];
    });
    const exact = versions.find((own) => own === version.replace(/^v/, "") || own === version);
    if (exact !== undefined) return `${chart}-${exact}.tgz`;
    try {
      const chosen = best(parseRange(version), versions);
      return chosen === undefined ? undefined : `${chart}-${chosen}.tgz`;
    } catch {
      return undefined;
    }
  }
}

/** Helm puts what says no namespace into the release's. */
function objectOf(value: unknown, namespace: string): Json[] {
  if (typeof value !== "object" || value === null || !("kind" in value)) return [];
  const object = value as Json;
  const metadata = (object["metadata"] ?? {}) as Json;
  // Hooks come and go with each release.
  if ("helm.sh/hook" in ((metadata["annotations"] ?? {}) as Json)) return [];
  return isClusterScoped(String(object["apiVersion"]), String(object["kind"]))
    ? [object]
    : [{ ...object, metadata: { namespace, ...metadata } }];
}

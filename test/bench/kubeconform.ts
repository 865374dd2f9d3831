import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readSchemaFile, type Schema } from "../../lib/flux/schema-files.ts";
import { defaultCache } from "../e2e/control-plane/build.ts";
import { benchFolder } from "./fleet.ts";

const version = "v0.8.0";

/** kubeconform, built from its Go module into the cache. @throws Error if it cannot be built here */
export function buildKubeconform(): string {
  const folder = join(defaultCache(), "..", `kubeconform-${version}`);
  const program = join(folder, "kubeconform");
  if (existsSync(program)) return program;
  const unfinished = `${folder}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  try {
    execFileSync("go", ["install", `github.com/yannh/kubeconform/cmd/kubeconform@${version}`], {
      env: { ...process.env, GOBIN: unfinished, GOFLAGS: "", CGO_ENABLED: "0" },
      stdio: ["ignore", "ignore", "pipe"],
    });
    if (!existsSync(program)) renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return program;
}

/** The schemas of schemas/ as files of JSON Schema, where {@link runKubeconform} has it look. @returns the folder */
export function schemaFolder(): string {
  const folder = mkdtempSync(join(benchFolder, "sluice-bench-schemas-"));
  for (const name of ["kubernetes-1.35.json", "flux.json", "flux-operator.json"]) {
    const { kinds, definitions } = readSchemaFile(name);
    for (const [key, { schema }] of Object.entries(kinds)) {
      const [apiVersion, kind] = key.split(" ") as [string, string];
      const slash = apiVersion.indexOf("/");
      const [group, api] =
        slash < 0 ? ["v1", apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
      mkdirSync(join(folder, group), { recursive: true });
      writeFileSync(
        join(folder, group, `${kind.toLowerCase()}_${api}.json`),
        JSON.stringify(standalone(schema, definitions)),
      );
    }
  }
  return folder;
}

/** A structural schema as JSON Schema: unknown fields refused, as `kubeconform -strict` has it, with what it refers to. */
function standalone(schema: Schema, definitions: Readonly<Record<string, Schema>>): object {
  const needed = new Map<string, unknown>();
  const convert = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(convert);
    if (typeof value !== "object" || value === null) return value;
    const { $ref } = value as Schema;
    if (typeof $ref === "string") {
      const name = $ref.slice("#/definitions/".length);
      if (!needed.has(name)) {
        needed.set(name, {});
        needed.set(name, convert(definitions[name] ?? {}));
      }
      return { $ref };
    }
    const result = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, convert(item)]));
    const own = value as Schema;
    if (own["x-kubernetes-int-or-string"] === true || own.format === "quantity") {
      result["type"] = ["string", "number"];
      delete result["format"];
    }
    if (
      typeof own.properties === "object" &&
      own.additionalProperties === undefined &&
      own["x-kubernetes-preserve-unknown-fields"] !== true
    )
      result["additionalProperties"] = false;
    return result;
  };
  const { properties, ...rest } = convert(schema) as { properties?: Record<string, unknown> };
  return {
    ...rest,
    properties: {
      ...properties,
      apiVersion: { type: "string" },
      kind: { type: "string" },
      metadata: properties?.["metadata"] ?? {},
      status: {},
    },
    definitions: Object.fromEntries(needed),
  };
}

/** What kubeconform says of a folder of manifests. */
export interface Kubeconformed {
  readonly seconds: number;
  readonly resources: number;
  readonly invalid: number;
  readonly skipped: number;
  readonly errors: number;
}

/** Runs it over a folder, as many at a time as there are processors. */
export function runKubeconform(program: string, schemas: string, folder: string): Kubeconformed {
  const location = `${schemas}/{{ .Group }}/{{ .ResourceKind }}_{{ .ResourceAPIVersion }}.json`;
  const began = performance.now();
  const { stdout, status, stderr } = spawnSync(
    program,
    [
      "-strict",
      "-summary",
      "-output",
      "json",
      "-ignore-missing-schemas",
      "-schema-location",
      location,
      folder,
    ],
    { encoding: "utf8", maxBuffer: 1 << 28 },
  );
  const seconds = (performance.now() - began) / 1000;
  if (status !== 0 && status !== 1) throw new Error(`kubeconform: ${stderr}`);
  const { summary } = JSON.parse(stdout) as {
    summary: { valid: number; invalid: number; errors: number; skipped: number };
  };
  const { valid, invalid, errors, skipped } = summary;
  return { seconds, resources: valid + invalid + errors + skipped, invalid, skipped, errors };
}

import { isContent } from "../effective/source.ts";
import type { EffectiveObject, Unit } from "../effective/unit.ts";
import type { Problem } from "../fleet/user-error.ts";
import type { ReportedFinding } from "./engine.ts";
import { type CheckedCluster, type CheckedFleet, nameOf } from "./fleet.ts";
import type { FindMaker } from "./made.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import type { Finding, Severity } from "./rule.ts";
import type { Unchecked } from "./unchecked.ts";

/** Where a problem is on one cluster. */
export interface ProblemPlace {
  readonly cluster: string;
  /** The manifest, relative to its source's root; undefined where the problem is in no file. */
  readonly file?: string;
  readonly line?: number;
  /** The release that the manifest is of, such as `1.4.2`, where it is not the checkout's. */
  readonly revision?: string;
  /** The TypeScript line that made the object, such as `clusters/production/cluster.ts:12 (apps/podinfo)`. */
  readonly made?: string;
}

/** A problem, told once for all clusters that have it. */
export interface CheckProblem {
  readonly rule: string;
  readonly severity: Severity;
  /** By name. */
  readonly clusters: readonly string[];
  /** `Deployment apps/web`; the Kustomization's where it is about none of its objects. */
  readonly object: string;
  /** Id of the Kustomization that applies the object. */
  readonly kustomization?: string;
  /** Such as `spec.ports[0].port`. */
  readonly field?: string;
  readonly message: string;
  readonly remedy?: string;
  /** One for each cluster. */
  readonly places: readonly [ProblemPlace, ...ProblemPlace[]];
}

/** What a check found. */
export interface CheckReport {
  readonly problems: readonly CheckProblem[];
  /** What no rule could look at. */
  readonly unchecked: readonly Unchecked[];
  /** What is wrong with the exceptions. */
  readonly notices: readonly Problem[];
  /** How many findings are excepted. */
  readonly excepted: number;
  /** The clusters that were looked at, by name. */
  readonly clusters: readonly string[];
  /** How many objects they have. */
  readonly objects: number;
}

/** Finds where each problem is: its manifest, its line, and what made it. */
export function locate(
  { clusters }: CheckedFleet,
  findings: readonly ReportedFinding[],
  maker: FindMaker,
): CheckProblem[] {
  const byName = new Map(clusters.map((cluster) => [cluster.name, cluster]));
  const locator = new Locator(maker);
  return findings.map(({ rule, severity, on }) => {
    const [{ object, unit, field, message, remedy }] = on;
    const places = on.map((finding, index) =>
      locator.place(byName.get(finding.cluster)!, index < most ? finding : { ...finding, field: "" }),
    );
    return {
      rule,
      severity,
      clusters: on.map(({ cluster }) => cluster),
      object: object !== undefined ? nameOf(object) : `Kustomization ${unit?.id ?? ""}`.trimEnd(),
      ...(object === undefined ? {} : { kustomization: object.unit }),
      ...(field === undefined ? {} : { field }),
      message,
      ...(remedy === undefined ? {} : { remedy }),
      places: places as [ProblemPlace, ...ProblemPlace[]],
    };
  });
}

/** On so many clusters the line of a problem's field is looked for; on further ones, that of its object is told. */
const most = 20;

class Locator {
  readonly #maker: FindMaker;
  readonly #manifests = new Map<string, Manifest>();

  constructor(maker: FindMaker) {
    this.#maker = maker;
  }

  place(cluster: CheckedCluster, finding: Finding): ProblemPlace {
    const { name } = cluster;
    if (finding.object !== undefined) return this.#ofObject(cluster, finding.object, finding.field ?? "");
    const { unit } = finding;
    if (unit === undefined) return { cluster: name };
    // What cannot be built says where.
    const broken = /^([^\s:]+\.\w+)(?::(\d+))?: /.exec(unit.result().error ?? "");
    if (broken !== null && finding.message.startsWith(broken[0])) {
      const [, file, line] = broken;
      const at = line === undefined ? {} : { line: Number(line) };
      return { cluster: name, file: file!, ...at, ...revisionOf(unit) };
    }
    const object = cluster.objectOf(unit);
    return object === undefined
      ? { cluster: name, file: cluster.effective.root.path }
      : this.#ofObject(cluster, object, "spec");
  }

  #ofObject(cluster: CheckedCluster, object: EffectiveObject, field: string): ProblemPlace {
    const unit = cluster.unitOf(object);
    const { file, line } = object;
    const manifest = this.#manifest(unit, file, line);
    const made = manifest === undefined ? undefined : this.#maker(manifest);
    return {
      cluster: cluster.name,
      file,
      line: manifest?.lineOf(field) ?? line,
      ...revisionOf(unit),
      ...(made === undefined ? {} : { made }),
    };
  }

  #manifest({ content }: Unit, file: string, line: number): Manifest | undefined {
    if (!isContent(content)) return undefined;
    const text = content.tree.text(file);
    if (text === undefined) return undefined;
    const key = `${content.tree.entry(file)?.id} ${line}`;
    let manifest = this.#manifests.get(key);
    if (manifest === undefined) this.#manifests.set(key, (manifest = readManifest(text, line)));
    return manifest;
  }
}

const revisionOf = ({ content }: Unit): { revision?: string } =>
  isContent(content) && !content.reviewed ? { revision: content.revision } : {};

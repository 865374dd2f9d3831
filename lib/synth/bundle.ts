import { App, Chart } from "cdk8s";
import type { Construct } from "constructs";
import type { Bundle } from "../../constructs/bundle/bundle.ts";
import { setContext } from "../../constructs/context.ts";
import { Kustomization } from "../../constructs/flux/kustomization.ts";
import { releaseHealth } from "../../constructs/flux/release-health.ts";
import { objectsBelow } from "../../constructs/kube-object.ts";
import { PlaceholderResolver } from "../../constructs/placeholder.ts";
import { type Contract, printContract } from "../fleet/contract.ts";
import { facts } from "../fleet/facts.ts";
import type { BundleClass, Fleet } from "../fleet/fleet.ts";
import { placeOf } from "../fleet/place.ts";
import type { Variables } from "../fleet/variables.ts";
import { dependencyOrder } from "../flux/dependency-order.ts";
import { comment } from "./files.ts";
import { FolderPrinter, kustomizationFile, type Synthesis } from "./folder.ts";
import { bundleFolder, contractFile } from "./paths.ts";
import { relative } from "node:path";

/** A bundle's manifests and what clusters have to know of them. */
export interface SynthesisedBundle {
  readonly files: Map<string, string>;
  readonly contract: Contract;
}

/** The ConfigMap and Secret in flux-system in which a cluster's stack leaves its outputs. */
export const outputsName = "cluster-outputs";
/** The ConfigMap in flux-system with a cluster's values for a bundle's variables. */
export const variablesName = (bundle: string): string => `${bundle}-variables`;

/** Where the values of a bundle's variables come from, later ones winning: the cluster, then its stack. */
export function substituteFrom(
  bundle: string,
): { kind: "ConfigMap" | "Secret"; name: string; optional?: boolean }[] {
  return [
    { kind: "ConfigMap", name: variablesName(bundle) },
    { kind: "ConfigMap", name: outputsName, optional: true },
    { kind: "Secret", name: outputsName, optional: true },
  ];
}

/** The Kustomization of a bundle's layer or option. */
export const partName = (bundle: string, part: string): string => `${bundle}-${part}`;

/**
 * Makes a bundle and prints it: the same for every cluster, with placeholders for its variables. It ships the
 * Kustomizations of its own layers, so that nothing of a release lives outside it.
 */
export function synthesiseBundle(
  synthesis: Synthesis,
  fleet: Fleet,
  name: string,
  bundleClass: BundleClass,
): SynthesisedBundle {
  const files = new Map<string, string>();
  const { variables, options: declared } = bundleClass;
  const bundle = makeBundle(synthesis, fleet, name, bundleClass);
  if (bundle === undefined) return { files, contract: contractOf(name, bundleClass, undefined, []) };
  const place = placeOf(bundle);
  const from =
    definitionOf(bundle, synthesis) ?? (place === undefined ? name : relative(synthesis.root, place.file));

  const known = new Set([...Object.keys(variables), ...Object.keys(facts)]);
  const printer = new FolderPrinter(synthesis, known, new Map());
  const folder = bundleFolder(name);
  for (const part of [...bundle.layers, ...bundle.options]) {
    const below = `${folder}/${part.bundleFolder === "layer" ? "" : "options/"}${part.name}`;
    const names: string[] = [];
    for (const child of part.node.children) {
      files.set(`${below}/${child.node.id}.yaml`, printer.file(child, from));
      names.push(`${child.node.id}.yaml`);
    }
    files.set(`${below}/kustomization.yaml`, kustomizationFile(names, from));
  }
  printLayers(synthesis, bundle, name, from, files);

  const undeclared = bundle.options.filter((option) => !declared.includes(option.name));
  for (const option of undeclared)
    synthesis.problems.push({
      where: synthesis.where(option),
      message: `option '${option.name}' is not one of the bundle's static options`,
      remedy: `add it: static readonly options = [..., "${option.name}"] as const`,
    });
  for (const option of declared)
    if (!bundle.options.some((made) => made.name === option))
      synthesis.problems.push({ where: from, message: `option '${option}' is declared, but not made` });

  const read = Object.keys(facts).filter((fact) => printer.used.has(fact));
  const contract = contractOf(name, bundleClass, bundle, read);
  files.set(contractFile(name), printContract({ $comment: comment(from), ...contract } as Contract));
  return { files, contract };
}

/** The contract of a bundle of this checkout, without printing it. The facts that it reads are not looked for. */
export function currentContract(
  synthesis: Synthesis,
  fleet: Fleet,
  name: string,
  bundleClass: BundleClass,
): Contract {
  return contractOf(name, bundleClass, makeBundle(synthesis, fleet, name, bundleClass), []);
}

/** Makes a bundle's constructs, in an App of their own. What its constructor throws is a problem, and it is undefined. */
function makeBundle(
  synthesis: Synthesis,
  fleet: Fleet,
  name: string,
  bundleClass: BundleClass,
): Bundle<Variables> | undefined {
  const app = new App({ resolvers: [new PlaceholderResolver()] });
  setContext(app, { within: "bundle", mirror: fleet.mirror });
  try {
    return new bundleClass(app, name) as Bundle<Variables>;
  } catch (error) {
    synthesis.problems.push(synthesis.thrown(error, `bundle ${name}`));
    return undefined;
  }
}

function contractOf(
  name: string,
  { variables, options }: BundleClass,
  bundle: Bundle<Variables> | undefined,
  read: readonly string[],
): Contract {
  const layers = (bundle?.layers ?? []).map((layer) => ({
    name: layer.name,
    dependsOn: layer.dependencies.map((other) => other.name),
  }));
  return { bundle: name, contract: 1, variables, facts: read, layers, options: [...options].sort() };
}

/** The Kustomizations of the layers, in the bundle's folder `layers`. */
function printLayers(
  synthesis: Synthesis,
  bundle: Bundle<Variables>,
  name: string,
  from: string,
  files: Map<string, string>,
): void {
  const ids = bundle.layers.map((layer) => ({
    id: layer.name,
    dependsOn: layer.dependencies.map((other) => other.name),
    layer,
  }));
  for (const cycle of dependencyOrder(ids).cycles) {
    const layer = ids.find(({ id }) => id === cycle[0])!.layer;
    synthesis.problems.push({
      where: synthesis.where(layer),
      message: `layers wait for one another: ${cycle.join(" → ")}`,
      remedy: "remove one of these dependsOn",
    });
  }
  const chart = new Chart(bundle.node.root, "layers", {
    namespace: "flux-system",
    disableResourceNameHashes: true,
  });
  const printer = new FolderPrinter(synthesis, new Set(["root", "source_kind"]), new Map());
  const resources: string[] = [];
  for (const { layer } of ids) {
    const { dependsOn: _, healthCheckExprs = [], ...props } = layer.props;
    const health = [...healthCheckExprs, ...(hasRelease(layer) ? [releaseHealth] : [])];
    const kustomization = new Kustomization(chart, layer.name, {
      metadata: { name: partName(name, layer.name) },
      ...props,
      ...(health.length === 0 ? {} : { healthCheckExprs: health }),
      dependsOn: layer.dependencies.map((other) => ({ name: partName(name, other.name) })),
      path: `\${root:=.}/${layer.name}`,
      sourceRef: { kind: "${source_kind:=OCIRepository}" as "OCIRepository", name },
      postBuild: { substituteFrom: substituteFrom(name), substituteStrategy: "Always" },
    });
    files.set(`${bundleFolder(name)}/layers/${layer.name}.yaml`, printer.file(kustomization, from));
    resources.push(`${layer.name}.yaml`);
  }
  files.set(`${bundleFolder(name)}/layers/kustomization.yaml`, kustomizationFile(resources, from));
}

/** Whether a construct holds a release of a chart. */
export function hasRelease(construct: Construct): boolean {
  return objectsBelow(construct).some(({ kind }) => kind === "HelmRelease");
}

/** The file that defines a bundle's class: where its first layer is made. */
function definitionOf(bundle: Bundle<Variables>, { root }: Synthesis): string | undefined {
  const layer = bundle.layers[0] ?? bundle.options[0];
  const place = layer === undefined ? undefined : placeOf(layer);
  if (place === undefined) return undefined;
  const path = relative(root, place.file);
  return path.startsWith("..") ? undefined : path;
}

import type { ApiObject } from "cdk8s";
import type { Construct } from "constructs";
import { KubeObject, labelled, objectsBelow } from "../../constructs/kube-object.ts";
import { firstPlace, type Place, placeOf } from "../fleet/place.ts";
import type { Problem } from "../fleet/user-error.ts";
import { describeName } from "../flux/object-name.ts";
import { placeholdersIn } from "../flux/placeholders.ts";
import { validateObject } from "../flux/schema.ts";
import { suggestion } from "../fleet/suggestion.ts";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { header } from "./files.ts";
import { type KubeJson, Printer } from "./print.ts";

const libraryFolder = fileURLToPath(new URL("../../constructs/", import.meta.url));

/** What a synthesis shares between its folders. */
export class Synthesis {
  /** The repository's root, which places are told relative to. */
  readonly root: string;
  readonly problems: Problem[] = [];
  readonly printer: Printer<ObjectFindings>;
  /** Is told of every object: what its file says that it is from, its identity, and how to find where it was made. */
  readonly onObject: ((from: string, identity: string, where: () => string) => void) | undefined;

  constructor(root: string, onObject?: Synthesis["onObject"]) {
    this.root = root;
    this.onObject = onObject;
    this.printer = new Printer(examine);
  }

  /**
   * `clusters/production/cluster.ts:12 (apps/podinfo)`: the line that made a construct, and its path. What is
   * made inside a library's construct is told at the line that made that one.
   */
  where(construct: Construct): string {
    const places = construct.node.scopes
      .toReversed()
      .map(placeOf)
      .filter((place) => place !== undefined);
    const place = places.find(({ file }) => !file.startsWith(libraryFolder)) ?? places[0];
    return place === undefined ? construct.node.path : `${this.describe(place)} (${construct.node.path})`;
  }

  describe({ file, line }: Place): string {
    return `${relative(this.root, file)}:${line}`;
  }

  /** A thrown value as a problem: at the first line of the user's own code that its stack names. */
  thrown(error: unknown, otherwise: string): Problem {
    const place = error instanceof Error ? firstPlace(error.stack ?? "") : undefined;
    const message =
      error instanceof Error
        ? error.name === "Error"
          ? error.message
          : `${error.name}: ${error.message}`
        : String(error);
    const own = place !== undefined && !relative(this.root, place.file).startsWith("..");
    return { where: own ? this.describe(place) : otherwise, message };
  }
}

interface ObjectFindings {
  readonly invalid: readonly string[];
  /** Names of the placeholders. */
  readonly placeholders: readonly string[];
  readonly identity: string;
}

function examine(object: KubeJson): ObjectFindings {
  const invalid = (validateObject(object) ?? []).map(({ path, message }) => `${path}: ${message}`);
  return {
    invalid,
    placeholders: [...new Set(placeholdersIn(JSON.stringify(object)).map(({ name }) => name))],
    identity: identityOf(object),
  };
}

/** An object's identity in a cluster. */
export function identityOf({ apiVersion, kind, metadata }: KubeJson): string {
  const { name, namespace } = metadata as { name: string; namespace?: string };
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  return describeName({ kind: group === "" ? kind : `${kind}.${group}`, namespace, name });
}

/** Which placeholders a folder's manifests may have: undefined where nothing is substituted. */
export type KnownPlaceholders = ReadonlySet<string> | undefined;

/** Prints the objects of constructs into files, and gathers what is wrong with them. */
export class FolderPrinter {
  readonly #synthesis: Synthesis;
  readonly #known: KnownPlaceholders;
  readonly #identities: Map<string, Construct>;
  /** Names of the placeholders that the folder's objects have. */
  readonly used = new Set<string>();

  /** @param identities the objects of all folders that land in one cluster together, by identity */
  constructor(synthesis: Synthesis, known: KnownPlaceholders, identities: Map<string, Construct>) {
    this.#synthesis = synthesis;
    this.#known = known;
    this.#identities = identities;
  }

  /** The text of a file that holds all objects below `construct`. @param from what the header names */
  file(construct: Construct, from: string): string {
    const texts: string[] = [];
    for (const apiObject of objectsBelow(construct)) {
      const sameness = KubeObject.isKubeObject(apiObject) ? apiObject.sameness() : undefined;
      try {
        const { text, findings } = this.#synthesis.printer.print(
          sameness,
          () => labelled(apiObject.toJson() as Record<string, unknown>, "", apiObject) as KubeJson,
        );
        texts.push(text);
        this.#check(apiObject, findings);
        this.#synthesis.onObject?.(from, findings.identity, () => this.#synthesis.where(apiObject));
      } catch (error) {
        this.#synthesis.problems.push({
          where: this.#synthesis.where(apiObject),
          message: (error as Error).message,
        });
      }
    }
    return `${header(from)}${texts.join("---\n")}`;
  }

  #check(apiObject: ApiObject, { invalid, placeholders, identity }: ObjectFindings): void {
    const { problems } = this.#synthesis;
    for (const message of invalid)
      problems.push({
        where: this.#synthesis.where(apiObject),
        message: `${apiObject.kind} '${apiObject.name}': ${message}`,
      });
    if (this.#known !== undefined) this.#checkPlaceholders(apiObject, placeholders, this.#known);
    this.#checkIdentity(apiObject, identity);
  }

  #checkPlaceholders(construct: Construct, names: readonly string[], known: ReadonlySet<string>): void {
    for (const name of names) {
      this.used.add(name);
      if (known.has(name)) continue;
      this.#synthesis.problems.push({
        where: this.#synthesis.where(construct),
        message:
          name === ""
            ? "holds a '${' that begins no variable"
            : `'\${${name}}' is not a variable here${suggestion(name, known)}`,
        remedy: "declare the variable, or write literal(…) around text that is not for Flux",
      });
    }
  }

  #checkIdentity(construct: Construct, identity: string): void {
    const other = this.#identities.get(identity);
    if (other === undefined) this.#identities.set(identity, construct);
    else
      this.#synthesis.problems.push({
        where: this.#synthesis.where(construct),
        message: `${identity} is made twice: also by ${this.#synthesis.where(other)}`,
        remedy: "give one of them another name, or remove it",
      });
  }
}

/** The kustomization.yaml of a folder that lists exactly its own files. Without one, Flux would take subfolders too. */
export function kustomizationFile(resources: readonly string[], from: string): string {
  const list = resources.length === 0 ? " []" : resources.map((resource) => `\n  - ${resource}`).join("");
  return `${header(from)}apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:${list}\n`;
}

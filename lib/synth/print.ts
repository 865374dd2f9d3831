import { dump } from "js-yaml";

/** One Kubernetes object as plain JSON. */
export type KubeJson = Readonly<Record<string, unknown>> & {
  readonly apiVersion: string;
  readonly kind: string;
};

/** An object's text, and what else was found out about it. */
interface Printed<T> {
  readonly text: string;
  readonly findings: T;
}

/**
 * Prints objects as YAML, each distinct one once. Fleets are mostly alike: nine tenths of a thousand clusters'
 * objects are equal, and telling that they are costs a tenth of printing them.
 */
export class Printer<T> {
  readonly #printed = new Map<string, Printed<T>>();
  readonly #examine: (object: KubeJson) => T;

  /** @param examine what else to do once for each distinct object; its result is kept with the text */
  constructor(examine: (object: KubeJson) => T) {
    this.#examine = examine;
  }

  /**
   * @param sameness a text that is equal for equal objects only, or undefined to print in any case
   * @param json makes the object, if it has to be printed
   */
  print(sameness: string | undefined, json: () => KubeJson): Printed<T> {
    let printed = sameness === undefined ? undefined : this.#printed.get(sameness);
    if (printed === undefined) {
      const object = json();
      printed = { text: printYaml(object), findings: this.#examine(object) };
      // Objects that are in one cluster only must not pile up over ten thousand clusters.
      if (this.#printed.size >= 20_000) this.#printed.clear();
      if (sameness !== undefined) this.#printed.set(sameness, printed);
    }
    return printed;
  }
}

/** An object as YAML that readers of 1.1 and 1.2 read alike. */
export function printYaml(object: unknown): string {
  return dump(object, { lineWidth: -1, noRefs: true });
}

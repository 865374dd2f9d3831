import type { KubeObject } from "../control-plane/kube-client.ts";

/** Reconciles objects, one of a name at a time: what comes in between is done once more after it. */
export class ObjectQueue {
  readonly #reconcile: (object: KubeObject) => Promise<void>;
  readonly #busy = new Map<string, KubeObject | undefined>();

  /** @param reconcile what it throws is tried again a moment later */
  constructor(reconcile: (object: KubeObject) => Promise<void>) {
    this.#reconcile = reconcile;
  }

  add(object: KubeObject): void {
    const key = `${object.metadata.namespace ?? ""}/${object.metadata.name}`;
    if (this.#busy.has(key)) this.#busy.set(key, object);
    else {
      this.#busy.set(key, undefined);
      void this.#run(key, object);
    }
  }

  async #run(key: string, first: KubeObject): Promise<void> {
    let object: KubeObject | undefined = first;
    for (let failures = 0; object !== undefined && failures < 100;) {
      try {
        await this.#reconcile(object);
        object = this.#busy.get(key);
        this.#busy.set(key, undefined);
        failures = 0;
      } catch (error) {
        failures++;
        console.error(`${first.kind} ${key}: ${(error as Error).message}`);
        await new Promise((resolve) => setTimeout(resolve, Math.min(2000, 100 * failures)));
      }
    }
    this.#busy.delete(key);
  }
}

import type { ControlPlane } from "../control-plane/index.ts";
import type { Manifests } from "./small-fleet.ts";

/** In which order the apps' Kustomizations of a cluster go, as its API server tells it: not as a teardown claims. */
export class DeletionOrder implements Disposable {
  /** When each began to go, and when it had gone: places in the order of the server's events. */
  readonly #begun = new Map<string, number>();
  readonly #gone = new Map<string, number>();
  readonly #dependencies: Manifests["dependencies"];
  readonly #stop = new AbortController();
  #events = 0;

  constructor({ client }: ControlPlane, { namespace, dependencies }: Manifests) {
    this.#dependencies = dependencies;
    void client.watch(
      `/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/${namespace}/kustomizations`,
      ({ type, object: { metadata } }) => {
        const at = ++this.#events;
        if (type === "DELETED") this.#gone.set(metadata.name, at);
        else if (metadata.deletionTimestamp !== undefined && !this.#begun.has(metadata.name))
          this.#begun.set(metadata.name, at);
      },
      this.#stop.signal,
    );
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
  }

  /** Apps that began to go while one was there that depends on them. */
  violations(): string[] {
    return [...this.#dependencies].flatMap(([app, on]) =>
      on
        .filter((other) => {
          const [gone, begun] = [this.#gone.get(app), this.#begun.get(other)];
          return begun !== undefined && (gone === undefined || gone > begun);
        })
        .map((other) => `${other} began to go before ${app} had gone, which depends on it`),
    );
  }

  /** How many have gone, as far as was seen: none would mean that nobody looked. */
  get gone(): number {
    return this.#gone.size;
  }
}

import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KubeObject } from "../control-plane/kube-client.ts";

/** What a cluster has made outside of itself: load balancers, volumes, records. Each is a file. */
export class External {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  make(what: string, { metadata: { namespace = "", name } }: KubeObject): void {
    writeFileSync(join(this.#folder, `${what}.${namespace}.${name}`), "");
  }

  remove(what: string, { metadata: { namespace = "", name } }: KubeObject): void {
    rmSync(join(this.#folder, `${what}.${namespace}.${name}`), { force: true });
  }

  /** All that is there: `what.namespace.name`. */
  list(): string[] {
    return readdirSync(this.#folder).sort();
  }
}

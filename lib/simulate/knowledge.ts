import { type EffectiveCluster, objectsOf } from "../effective/cluster.ts";
import { describeManifest, describeName } from "../flux/object-name.ts";

/** Something that is thought to be so because git does not say. */
export interface Assumption {
  readonly about: string;
  readonly message: string;
}

/** What is known from git about a cluster, what the user adds to it, and what has to be taken for granted. */
export class Knowledge {
  readonly #assumptions = new Map<string, Assumption>();
  readonly #given: ReadonlySet<string>;
  readonly #isReady: (id: string) => boolean;
  readonly #unknown = new Set<string>();
  #inGit: ReadonlySet<string>;

  /**
   * @param given ids of what something outside of git makes
   * @param isReady whether a Kustomization is Ready right now
   */
  constructor(effective: EffectiveCluster, given: ReadonlySet<string>, isReady: (id: string) => boolean) {
    this.#inGit = namesOf(effective);
    this.#given = given;
    this.#isReady = isReady;
  }

  /** From now on git has another revision. */
  read(effective: EffectiveCluster): void {
    this.#inGit = namesOf(effective);
  }

  get assumptions(): Assumption[] {
    return [...this.#assumptions.values()];
  }

  assume(about: string, message: string): void {
    this.#assumptions.set(`${about} ${message}`, { about, message });
  }

  /** Whether git has an object, though it may not be there yet, or no more: then nothing outside of git makes it. */
  isInGit(kind: string, namespace: string | undefined, name: string): boolean {
    return this.#inGit.has(describeName({ kind, namespace, name }));
  }

  /** Whether the user says that something outside of git makes an object. */
  isGiven(kind: string, namespace: string | undefined, name: string): boolean {
    return this.#given.has(describeName({ kind, namespace, name }));
  }

  /** Nobody knows what a Kustomization applies. */
  isOpaque(id: string): void {
    this.#unknown.add(id);
  }

  /**
   * Whether something that git does not show may come out of a Kustomization whose content is not known here: then it
   * is taken to be there. @param what `namespace apps`
   */
  mayBeUnseen(what: string): boolean {
    const unit = [...this.#unknown].find((id) => this.#isReady(id));
    if (unit === undefined) return false;
    const name = unit.slice("Kustomization ".length);
    this.assume(what, `${what} comes with ${name}, whose content is not known here`);
    return true;
  }
}

function namesOf(effective: EffectiveCluster): Set<string> {
  return new Set(objectsOf(effective).map(({ object }) => describeManifest(object)));
}

import type { Kind, KubeObject } from "./objects.ts";

/**
 * What a teardown asks of a cluster. The real one is {@link connect}; tests put others in its place, with faults.
 * Every method throws an {@link ApiError} if the server says no or does not answer.
 */
export interface ClusterApi {
  /** The server's address, for messages. */
  readonly server: string;
  /** The kinds that can be listed and deleted, each once, and the groups that do not answer. */
  kinds(): Promise<Discovery>;
  /** All objects of a kind, in all namespaces or one; none if the server does not serve the kind any more. */
  list(kind: Kind, options?: ListOptions): Promise<readonly KubeObject[]>;
  /** One object, or undefined. */
  get(
    kind: Kind,
    namespace: string,
    name: string,
    options?: Pick<ListOptions, "whole">,
  ): Promise<KubeObject | undefined>;
  /** Merges a patch into an object (JSON merge patch). @returns the object, or undefined if there is none */
  patch(
    kind: Kind,
    namespace: string,
    name: string,
    patch: object,
    subresource?: "status",
  ): Promise<KubeObject | undefined>;
  /** Asks for an object's deletion, its dependents in the background; nothing if there is none. */
  delete(kind: Kind, namespace: string, name: string): Promise<void>;
  create(kind: Kind, namespace: string, object: KubeObject): Promise<void>;
  /** Whether whoever asks may do this to all objects of a kind. */
  may(verb: "delete" | "patch", kind: Kind): Promise<boolean>;
}

/** What a check asks of a cluster. Throws an {@link ApiError} likewise. */
export interface DryRunApi {
  /** The server's address, for messages. */
  readonly server: string;
  kinds(): Promise<Discovery>;
  /**
   * Has the server say whether it would take an object, as Flux applies it: server-side, with force. Nothing changes.
   * @param kind in the version that the object is written for
   */
  dryRun(kind: Kind, object: KubeObject): Promise<void>;
}

export interface ListOptions {
  /** Only of this namespace. @default all */
  readonly namespace?: string;
  /** With spec and status. @default metadata alone, so that no Secret's content is ever read */
  readonly whole?: boolean;
}

export interface Discovery {
  readonly kinds: readonly Kind[];
  /** Groups that the server lists but cannot answer for: their own API server is away. */
  readonly unavailable: readonly { readonly group: string; readonly message: string }[];
}

/** An API server's no, or no answer. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** The HTTP status, or 0 where nothing answered. */
  readonly status: number;

  constructor(status: number, message: string, cause?: unknown) {
    super(message, { cause });
    this.status = status;
  }

  /** Whether asking again may help. */
  get transient(): boolean {
    return [0, 408, 429, 500, 502, 503, 504].includes(this.status);
  }
}

/** Time, which tests make pass faster. */
export interface Clock {
  /** Milliseconds. */
  now(): number;
  /** Resolves after so many milliseconds, or at once when the signal is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export const realClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve();
        return;
      }
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      signal?.addEventListener("abort", done, { once: true });
    }),
};

import { type ClientRequest, type IncomingMessage } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { load } from "js-yaml";

/** An object of Kubernetes, as far as tests look into it. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly generation?: number;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly finalizers?: readonly string[];
    readonly ownerReferences?: readonly {
      readonly kind: string;
      readonly name: string;
      readonly uid: string;
    }[];
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: { readonly conditions?: readonly Condition[] } & Readonly<Record<string, unknown>>;
  readonly data?: Readonly<Record<string, string>>;
}

/** A condition of an object's status. */
export interface Condition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

/** What names an object. */
export interface ObjectName {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** A kind that an API server serves. */
export interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

/** What an API server said no to. */
export class KubeError extends Error {
  override readonly name = "KubeError";
  readonly status: number;
  readonly reason: string;
  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

/** An event of a watch. */
export interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: KubeObject;
}

interface Kubeconfig {
  readonly "current-context": string;
  readonly contexts: readonly { name: string; context: { cluster: string; user: string } }[];
  readonly clusters: readonly {
    name: string;
    cluster: { server: string; "certificate-authority-data"?: string };
  }[];
  readonly users: readonly {
    name: string;
    user: { token?: string; "client-certificate-data"?: string; "client-key-data"?: string };
  }[];
}

/** A small client of the Kubernetes API, apart from the one that Sluice itself uses. */
export class KubeClient {
  readonly #server: string;
  readonly #agent: Agent;
  readonly #headers: Readonly<Record<string, string>>;
  #resources: Promise<readonly Resource[]> | undefined;

  /** @param kubeconfig the text of one, whose current context counts */
  constructor(kubeconfig: string) {
    const config = load(kubeconfig) as Kubeconfig;
    const { context } = config.contexts.find(({ name }) => name === config["current-context"])!;
    const { cluster } = config.clusters.find(({ name }) => name === context.cluster)!;
    const { user } = config.users.find(({ name }) => name === context.user)!;
    const decoded = (text: string | undefined) =>
      text === undefined ? undefined : Buffer.from(text, "base64").toString();
    this.#server = cluster.server;
    this.#agent = new Agent({
      keepAlive: true,
      ca: decoded(cluster["certificate-authority-data"]),
      cert: decoded(user["client-certificate-data"]),
      key: decoded(user["client-key-data"]),
    });
    this.#headers = user.token === undefined ? {} : { authorization: `Bearer ${user.token}` };
  }

  /**
   * One request.
   * @param path with its query
   * @throws KubeError if the server says no; another error if it does not answer
   */
  async request<T = KubeObject>(
    method: string,
    path: string,
    body?: unknown,
    contentType = "application/json",
  ): Promise<T> {
    const { status, text } = await this.#patiently(method, path, body, contentType);
    if (status < 400) return (text.startsWith("{") ? JSON.parse(text) : text) as T;
    let reason = "";
    let message = text;
    try {
      ({ reason = "", message = text } = JSON.parse(text) as { reason?: string; message?: string });
    } catch {
      // Some errors are plain text.
    }
    throw new KubeError(status, reason, `${method} ${path}: ${status} ${message}`);
  }

  /** A server that has just learnt of a kind, or is busy, answers 429 and wants to be asked again. */
  async #patiently(method: string, path: string, body: unknown, contentType: string) {
    for (let attempt = 1; ; attempt++) {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const answer = await this.#send(method, path, text, contentType);
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk as Buffer);
      const status = answer.statusCode ?? 0;
      if (status !== 429 || attempt === 50) return { status, text: Buffer.concat(chunks).toString() };
      await sleep(200);
    }
  }

  #send(
    method: string,
    path: string,
    body: string | undefined,
    contentType: string,
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const sent: ClientRequest = httpsRequest(
        `${this.#server}${path}`,
        {
          method,
          agent: this.#agent,
          headers: {
            accept: "application/json",
            ...this.#headers,
            ...(body === undefined
              ? {}
              : // Node says no length of a DELETE's body by itself, and the server takes it for the next request.
                { "content-type": contentType, "content-length": Buffer.byteLength(body) }),
          },
        },
        resolve,
      );
      sent.on("error", reject);
      sent.end(body);
    });
  }

  /** The kinds that the server serves, each in its preferred version. @param fresh asks again */
  resources(fresh = false): Promise<readonly Resource[]> {
    if (fresh) this.#resources = undefined;
    this.#resources ??= this.#discover().catch((error: unknown) => {
      this.#resources = undefined; // the next one asks anew
      throw error;
    });
    return this.#resources;
  }

  async #discover(): Promise<Resource[]> {
    const { groups } = await this.request<{
      groups: { preferredVersion: { groupVersion: string }; versions: { groupVersion: string }[] }[];
    }>("GET", "/apis");
    const versions = [
      "v1",
      ...groups.flatMap(({ preferredVersion, versions: all }) => [
        preferredVersion.groupVersion,
        ...all
          .map(({ groupVersion }) => groupVersion)
          .filter((version) => version !== preferredVersion.groupVersion),
      ]),
    ];
    const lists = await Promise.all(
      versions.map(async (apiVersion) => {
        const { resources } = await this.request<{
          resources: { name: string; kind: string; namespaced: boolean; verbs: string[] }[];
        }>("GET", apiVersion === "v1" ? "/api/v1" : `/apis/${apiVersion}`).catch((error: unknown) => {
          // A group whose last definition is going is still in the list for a moment.
          if (error instanceof KubeError && error.status === 404) return { resources: [] };
          throw error;
        });
        return resources
          .filter(({ name }) => !name.includes("/"))
          .map(({ name, kind, namespaced, verbs }) => ({
            apiVersion,
            kind,
            plural: name,
            namespaced,
            verbs,
          }));
      }),
    );
    return lists.flat();
  }

  /**
   * A kind, or undefined if the server does not serve it.
   * @param apiVersion a group and version, or a group alone
   */
  async resource(apiVersion: string, kind: string): Promise<Resource | undefined> {
    const find = (all: readonly Resource[]) =>
      all.find(
        (each) =>
          each.kind === kind &&
          (each.apiVersion === apiVersion || each.apiVersion.startsWith(`${apiVersion}/`)),
      );
    return find(await this.resources()) ?? find(await this.resources(true));
  }

  /** The path of an object, or of all of its kind where no name is given. */
  async path(apiVersion: string, kind: string, namespace?: string, name?: string): Promise<string> {
    const resource = await this.resource(apiVersion, kind);
    if (resource === undefined)
      throw new KubeError(404, "NotFound", `the server serves no ${apiVersion} ${kind}`);
    const { apiVersion: version, plural, namespaced } = resource;
    const within = namespaced && namespace !== undefined ? `/namespaces/${namespace}` : "";
    return `${version === "v1" ? "/api" : "/apis"}/${version}${within}/${plural}${name === undefined ? "" : `/${name}`}`;
  }

  async #pathOf({ apiVersion, kind, metadata: { name, namespace } }: ObjectName): Promise<string> {
    return this.path(apiVersion, kind, namespace ?? "default", name);
  }

  /** The object, or undefined if there is none or nothing of its kind. */
  async get(object: ObjectName): Promise<KubeObject | undefined> {
    try {
      return await this.request("GET", await this.#pathOf(object));
    } catch (error) {
      if (error instanceof KubeError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** All objects of a kind; none where the server does not know it. @param namespace @default all */
  async list(apiVersion: string, kind: string, namespace?: string): Promise<readonly KubeObject[]> {
    try {
      const { items } = await this.request<{ items: KubeObject[] }>(
        "GET",
        await this.path(apiVersion, kind, namespace),
      );
      return items.map((item) => ({ ...item, apiVersion: item.apiVersion ?? apiVersion, kind }));
    } catch (error) {
      if (error instanceof KubeError && error.status === 404) return [];
      throw error;
    }
  }

  /** Applies an object as it is given, whoever owns its fields. */
  async apply(object: ObjectName & Readonly<Record<string, unknown>>): Promise<KubeObject> {
    const path = `${await this.#pathOf(object)}?fieldManager=sluice-testing&force=true`;
    return this.request("PATCH", path, object, "application/apply-patch+yaml");
  }

  /** Merges a patch into an object (JSON merge patch). @param subresource such as `status` */
  async merge(object: ObjectName, patch: unknown, subresource = ""): Promise<KubeObject> {
    const path = `${await this.#pathOf(object)}${subresource === "" ? "" : `/${subresource}`}`;
    return this.request("PATCH", path, patch, "application/merge-patch+json");
  }

  /** Deletes an object. @returns whether there was one */
  async delete(object: ObjectName): Promise<boolean> {
    try {
      await this.request("DELETE", await this.#pathOf(object), { propagationPolicy: "Background" });
      return true;
    } catch (error) {
      if (error instanceof KubeError && error.status === 404) return false;
      throw error;
    }
  }

  /** Every object of every kind that can be listed, each kind once. */
  async everything(): Promise<readonly KubeObject[]> {
    const seen = new Set<string>();
    const kinds = (await this.resources(true)).filter(({ apiVersion, kind, verbs }) => {
      const key = `${apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : ""} ${kind}`;
      if (seen.has(key) || !verbs.includes("list")) return false;
      seen.add(key);
      return true;
    });
    return (await Promise.all(kinds.map(({ apiVersion, kind }) => this.list(apiVersion, kind)))).flat();
  }

  /**
   * Lists a kind and goes on to tell of changes until it is aborted: whatever ends a watch, it begins again. A
   * kind that is not there yet is waited for.
   * @param onSync told the names of all objects after each listing, `namespace/name`
   */
  async watch(
    path: string,
    onEvent: (event: WatchEvent) => void,
    signal: AbortSignal,
    onSync: (present: ReadonlySet<string>) => void = () => undefined,
  ): Promise<void> {
    while (!signal.aborted) {
      try {
        const { items, metadata } = await this.request<{
          items: KubeObject[];
          metadata: { resourceVersion: string };
        }>("GET", path);
        onSync(new Set(items.map((item) => `${item.metadata.namespace ?? ""}/${item.metadata.name}`)));
        for (const object of items) onEvent({ type: "ADDED", object });
        await this.#follow(`${path}?watch=true&resourceVersion=${metadata.resourceVersion}`, onEvent, signal);
      } catch {
        // Listed anew below.
      }
      await sleep(200);
    }
  }

  async #follow(path: string, onEvent: (event: WatchEvent) => void, signal: AbortSignal): Promise<void> {
    const answer = await this.#send("GET", path, undefined, "application/json");
    const abort = () => answer.destroy();
    signal.addEventListener("abort", abort, { once: true });
    try {
      if (signal.aborted) abort();
      let rest = "";
      for await (const chunk of answer.setEncoding("utf8")) {
        const lines = (rest + (chunk as string)).split("\n");
        rest = lines.pop()!;
        for (const line of lines) {
          const event = JSON.parse(line) as WatchEvent;
          if (event.type === "ERROR") return;
          onEvent(event);
        }
      }
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /** Closes what connections are left. */
  close(): void {
    this.#agent.destroy();
  }
}

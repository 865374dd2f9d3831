import type { KubeConfig } from "@kubernetes/client-node";
import { request as httpRequest } from "node:http";
import { Agent, request as httpsRequest, type RequestOptions } from "node:https";
import { ApiError, type ClusterApi, type Discovery, type DryRunApi } from "./cluster-api.ts";
import { applierKinds } from "./appliers.ts";
import { groupKind, type Kind, type KubeObject, text } from "./objects.ts";

interface ApiGroup {
  readonly name: string;
  readonly preferredVersion: { readonly version: string };
  readonly versions: readonly { readonly version: string }[];
}

/** A cluster's API, which says its version as well. */
export interface ConnectedCluster extends ClusterApi, DryRunApi {
  /** The version of its control plane, such as `v1.35.4`. @throws ApiError */
  version(): Promise<string>;
}

/** A listing comes in pages of so many objects. */
const page = 500;
/** Options that TLS takes, and that an agent keeps connections for. */
const credentials = ["ca", "cert", "key", "pfx", "passphrase", "rejectUnauthorized", "servername"] as const;

/** A cluster's API over HTTP, with the credentials of a kubeconfig's current context. */
export class HttpApi implements ConnectedCluster {
  readonly server: string;
  readonly #config: KubeConfig;
  readonly #timeout: number;
  readonly #agents = new Map<string, Agent>();

  constructor(config: KubeConfig, server: string, timeout: number) {
    this.#config = config;
    this.server = server;
    this.#timeout = timeout;
  }

  async version(): Promise<string> {
    return (await this.#ask<{ gitVersion: string }>("GET", "/version")).gitVersion;
  }

  async kinds(): Promise<Discovery> {
    const unavailable: { group: string; message: string }[] = [];
    const { groups } = await this.#ask<{ groups: ApiGroup[] }>("GET", "/apis");
    const versions = [
      { group: "", version: "v1" },
      ...groups.flatMap(({ name, preferredVersion: { version: preferred }, versions: all }) =>
        [preferred, ...all.map(({ version }) => version).filter((version) => version !== preferred)].map(
          (version) => ({ group: name, version }),
        ),
      ),
    ];
    const found = await Promise.all(
      versions.map(async ({ group, version }) => {
        try {
          const { resources } = await this.#ask<{ resources: (Kind & { name: string })[] }>(
            "GET",
            root(group, version),
          );
          return resources
            .filter(({ name, verbs }) => !name.includes("/") && verbs.includes("list"))
            .map(({ name: plural, kind, namespaced, verbs }): Kind => ({
              group,
              version,
              kind,
              plural,
              namespaced,
              verbs,
            }));
        } catch (error) {
          if (!(error instanceof ApiError) || error.status === 0) throw error;
          if (error.status !== 404) unavailable.push({ group, message: error.message });
          return [];
        }
      }),
    );
    // A kind counts in its group's preferred version, where that has it: Flux's alerts are in an older one.
    const kinds = new Map<string, Kind>();
    for (const kind of found.flat()) if (!kinds.has(groupKind(kind))) kinds.set(groupKind(kind), kind);
    return { kinds: [...kinds.values()], unavailable };
  }

  async list(
    kind: Kind,
    { namespace, whole = false }: { namespace?: string; whole?: boolean } = {},
  ): Promise<KubeObject[]> {
    const accept = whole ? "application/json" : metadataOnly("PartialObjectMetadataList");
    const objects: KubeObject[] = [];
    let next: string | undefined;
    do {
      const query = `?limit=${page}${next === undefined ? "" : `&continue=${encodeURIComponent(next)}`}`;
      try {
        const answer = await this.#ask<{ items: KubeObject[] | null; metadata?: { continue?: string } }>(
          "GET",
          path(kind, namespace ?? "") + query,
          { accept },
        );
        // The items of a list name neither their kind nor, as metadata alone, their own.
        for (const item of answer.items ?? []) objects.push(withKind(item, kind));
        next = text(answer.metadata, "continue");
      } catch (error) {
        if (!(error instanceof ApiError) || ![404, 405, 410].includes(error.status)) throw error;
        if (error.status !== 410) return [];
        // The listing took longer than the server remembers: once more from its beginning.
        return this.list(kind, { namespace, whole });
      }
    } while (next !== undefined);
    return objects;
  }

  async get(
    kind: Kind,
    namespace: string,
    name: string,
    { whole = false }: { whole?: boolean } = {},
  ): Promise<KubeObject | undefined> {
    const accept = whole ? "application/json" : metadataOnly("PartialObjectMetadata");
    const found = await this.#unlessMissing(
      this.#ask<KubeObject>("GET", path(kind, namespace, name), { accept }),
    );
    return found === undefined ? undefined : withKind(found, kind);
  }

  async patch(
    kind: Kind,
    namespace: string,
    name: string,
    patch: object,
    subresource?: "status",
  ): Promise<KubeObject | undefined> {
    const of = subresource === undefined ? "" : `/${subresource}`;
    const accept = applierKinds.has(groupKind(kind))
      ? "application/json"
      : metadataOnly("PartialObjectMetadata");
    return this.#unlessMissing(
      this.#ask<KubeObject>("PATCH", `${path(kind, namespace, name)}${of}?fieldManager=sluice`, {
        body: patch,
        contentType: "application/merge-patch+json",
        accept,
      }),
    );
  }

  async delete(kind: Kind, namespace: string, name: string): Promise<void> {
    const body = { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: "Background" };
    try {
      await this.#unlessMissing(this.#ask("DELETE", path(kind, namespace, name), { body }));
    } catch (error) {
      // A namespace that is going answers so to a second request.
      if (!(error instanceof ApiError) || error.status !== 409) throw error;
      const there = await this.get(kind, namespace, name);
      if (there !== undefined && there.metadata.deletionTimestamp === undefined) throw error;
    }
  }

  async create(kind: Kind, namespace: string, object: KubeObject): Promise<void> {
    await this.#ask("POST", `${path(kind, namespace)}?fieldManager=sluice`, { body: object });
  }

  async dryRun(kind: Kind, object: KubeObject): Promise<void> {
    const { name, namespace = "" } = object.metadata as { name: string; namespace?: string };
    const query = "?dryRun=All&fieldManager=kustomize-controller&force=true&fieldValidation=Strict";
    await this.#ask("PATCH", path(kind, namespace, name) + query, {
      body: object,
      contentType: "application/apply-patch+yaml",
      accept: metadataOnly("PartialObjectMetadata"),
    });
  }

  async may(verb: "delete" | "patch", { group, plural }: Kind): Promise<boolean> {
    const body = {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      spec: { resourceAttributes: { verb, group, resource: plural } },
    };
    const answer = await this.#ask<{ status?: { allowed?: boolean } }>(
      "POST",
      "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
      { body },
    );
    return answer.status?.allowed === true;
  }

  async #unlessMissing<T>(request: Promise<T>): Promise<T | undefined> {
    try {
      return await request;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  async #ask<T>(
    method: string,
    path: string,
    {
      body: given,
      accept = "application/json",
      contentType = "application/json",
    }: { body?: object; accept?: string; contentType?: string } = {},
  ): Promise<T> {
    const options: RequestOptions = { method, timeout: this.#timeout };
    try {
      await this.#config.applyToHTTPSOptions(options);
    } catch (error) {
      // A login that has run out, or a plugin that is not there.
      const { message, syscall, path: program } = error as NodeJS.ErrnoException;
      const why = syscall?.startsWith("spawn")
        ? `'${program}', which gives the credentials, cannot be run`
        : message;
      throw new ApiError(0, `kubeconfig: ${why}`, error);
    }
    const body = given === undefined ? undefined : JSON.stringify(given);
    const proxied = text(this.#config.getCurrentCluster(), "proxyUrl") !== undefined;
    const plain = this.server.startsWith("http:");
    const { status, answer } = await send(`${this.server}${path}`, plain, body, {
      ...options,
      agent: proxied || plain ? options.agent : this.#agent(options),
      headers: {
        ...(options.headers as Record<string, string>),
        accept,
        // Of a DELETE's body Node does not tell the length by itself.
        ...(body === undefined
          ? {}
          : { "content-type": contentType, "content-length": Buffer.byteLength(body) }),
      },
    });
    if (status < 400) return (answer === "" ? {} : parsed(answer, this.server)) as T;
    throw new ApiError(status, `${method} ${path.replace(/\?.*/, "")}: ${status} ${messageOf(answer)}`);
  }

  /** An agent that keeps its connections, one for each set of credentials: a plugin may hand out new ones. */
  #agent(options: RequestOptions): Agent {
    const given = Object.fromEntries(credentials.map((name) => [name, options[name]]));
    const id = JSON.stringify(given, (_, value: unknown) =>
      Buffer.isBuffer(value) ? value.toString("base64") : value,
    );
    let agent = this.#agents.get(id);
    if (agent === undefined) {
      agent = new Agent({ ...given, keepAlive: true, maxSockets: 64 });
      this.#agents.set(id, agent);
    }
    return agent;
  }
}

function send(
  url: string,
  plain: boolean,
  body: string | undefined,
  options: RequestOptions,
): Promise<{ status: number; answer: string }> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => reject(new ApiError(0, `${new URL(url).host}: ${error.message}`, error));
    const request = (plain ? httpRequest : httpsRequest)(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", failed);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, answer: Buffer.concat(chunks).toString() }),
      );
    });
    request.on("timeout", () => request.destroy(new Error(`no answer within ${options.timeout} ms`)));
    request.on("error", failed);
    request.end(body);
  });
}

/** The media type of objects without their content; an API server that does not know it gives them whole. */
const metadataOnly = (as: string): string => `application/json;as=${as};g=meta.k8s.io;v=v1,application/json`;

const withKind = (item: KubeObject, { group, version, kind }: Kind): KubeObject => ({
  ...item,
  apiVersion: group === "" ? version : `${group}/${version}`,
  kind,
});

const root = (group: string, version: string): string =>
  group === "" ? `/api/${version}` : `/apis/${group}/${version}`;

function path({ group, version, plural, namespaced }: Kind, namespace: string, name?: string): string {
  const within = namespaced && namespace !== "" ? `/namespaces/${namespace}` : "";
  return `${root(group, version)}${within}/${plural}${name === undefined ? "" : `/${encodeURIComponent(name)}`}`;
}

/** An answer's JSON. A proxy's page is none. */
function parsed(answer: string, server: string): unknown {
  try {
    return JSON.parse(answer);
  } catch (error) {
    throw new ApiError(0, `${server} does not answer as a Kubernetes API`, error);
  }
}

/** What the server says is wrong. */
function messageOf(answer: string): string {
  try {
    return (JSON.parse(answer) as { message?: string }).message ?? answer;
  } catch {
    return answer.slice(0, 200);
  }
}

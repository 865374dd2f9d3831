import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { fluxNamespace } from "../../constructs/flux/flux-object.ts";
import type { Cluster } from "../../lib/fleet/cluster.ts";
import type { FluxObjects, ManifestObject } from "../../lib/stack/flux-objects.ts";
import type { OutputData } from "../../lib/stack/output-values.ts";
import type { FluxInstall } from "../../lib/stack/stack-config.ts";
import { outputsName } from "../../lib/synth/bundle.ts";
import type { StackSettings } from "../stack-settings.ts";
import { bootstrapObject } from "./bootstrap-object.ts";
import { Credentials } from "./credentials.ts";
import { fluxEngine } from "./engine.ts";
import { kubeProvider } from "./kube-provider.ts";

/** What a cluster's Flux is made from. */
export interface FluxBootstrapArgs {
  readonly cluster: Pick<Cluster, "name" | "fleet" | "bundles" | "decryption" | "flux">;
  readonly kubeconfig: pulumi.Input<string>;
  /** Tells the cluster from one that replaces it. */
  readonly identity: pulumi.Input<string>;
  readonly settings: StackSettings;
  readonly install: FluxInstall;
  readonly objects: FluxObjects;
  /** The values of the variables that the stack gives. */
  readonly outputs: pulumi.Output<OutputData>;
  /** Whether any of them is secret. */
  readonly secretOutputs: boolean;
  /**
   * What a destroy leaves in the cluster: all of it where the cluster goes, too (deleting it there would be in vain,
   * and the engine has closed the provider when a cluster is replaced), else what was there before the stack.
   */
  readonly keep: {
    /** Flux and its namespace. */
    readonly flux: boolean;
    /** The objects of the sync. */
    readonly sync: boolean;
    /** Credentials and outputs. */
    readonly values: boolean;
  };
  /** Owner, purpose and expiry of a sandbox. */
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * Attaches a cluster to git: the namespace, Flux, its credentials, the outputs of the stack as variables, and
 * the sync that git holds. Of all this the stack goes on owning the Secrets and the outputs alone; the rest is
 * created if it is missing and then Flux's own.
 */
export class FluxBootstrap extends pulumi.ComponentResource {
  readonly provider: kubernetes.Provider;
  readonly gitPublicKey: pulumi.Output<string> | undefined;
  /** All that Flux works with: what it made has to go before any of them. */
  readonly parts: readonly pulumi.Resource[];

  constructor(name: string, args: FluxBootstrapArgs, options: pulumi.ComponentResourceOptions) {
    super("sluice:flux:Bootstrap", name, {}, options);
    const { cluster, kubeconfig, identity, settings, install, objects, outputs, secretOutputs, keep, tags } =
      args;
    this.provider = kubeProvider(name, { kubeconfig, identity }, { parent: this });
    const within = { parent: this, provider: this.provider };
    const annotations = { ...tags };
    // Other hands put more into it: labels of policies, say. Where Flux was there before, it is not ours to mark.
    const theirs = install === "none" || install === "components";
    const namespace = bootstrapObject(
      name,
      {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name: fluxNamespace, ...(theirs ? {} : { annotations }) },
      },
      { ...within, retainOnDelete: keep.flux },
    );
    const afterNamespace = { ...within, dependsOn: [namespace] };
    const engine = fluxEngine(
      name,
      {
        install,
        namespace: fluxNamespace,
        mirror: cluster.fleet.mirror,
        components: objects.components,
        keep: keep.flux,
      },
      afterNamespace,
    );
    const credentials = new Credentials(
      name,
      { cluster, settings, namespace: fluxNamespace, annotations, keep: keep.values },
      { parent: this, providers: { kubernetes: this.provider }, dependsOn: [namespace] },
    );
    this.gitPublicKey = credentials.gitPublicKey;
    const metadata = {
      name: outputsName,
      namespace: fluxNamespace,
      annotations,
      labels: { "reconcile.fluxcd.io/watch": "Enabled" },
    };
    const plain = new kubernetes.core.v1.ConfigMap(
      `${name}-outputs`,
      { metadata, data: outputs.apply((data) => orNone(data.plain)) },
      { ...afterNamespace, retainOnDelete: keep.values },
    );
    // An empty one would differ in every run from what the API server keeps of it.
    const secrets = secretOutputs
      ? [
          new kubernetes.core.v1.Secret(
            `${name}-outputs`,
            { metadata, data: pulumi.secret(outputs.apply((data) => encoded(data.secret))) },
            { ...afterNamespace, additionalSecretOutputs: ["data"], retainOnDelete: keep.values },
          ),
        ]
      : [];
    const before = [...engine, ...credentials.secrets, plain, ...secrets];
    const sync: pulumi.Resource[] = [];
    for (const object of objects.sync)
      sync.push(
        bootstrapObject(name, resumed(object), {
          ...within,
          dependsOn: [namespace, ...before, ...sync],
          retainOnDelete: keep.sync,
        }),
      );
    this.parts = [this.provider, namespace, ...before, credentials, ...sync];
    this.registerOutputs({});
  }
}

/** The API server keeps no empty map: giving one would be a change in each run. */
const orNone = <T extends object>(values: T): T | undefined =>
  Object.keys(values).length === 0 ? undefined : values;

const encoded = (values: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, Buffer.from(value).toString("base64")]),
  );

/** A Kustomization that a teardown suspended has to be told to go on. */
function resumed(object: ManifestObject): ManifestObject {
  return object.kind === "Kustomization" ? { ...object, spec: { ...object.spec, suspend: false } } : object;
}

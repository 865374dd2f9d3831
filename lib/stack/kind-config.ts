import { createHash } from "node:crypto";
import type { Cluster } from "../fleet/cluster.ts";
import type { KindProvider } from "../fleet/providers.ts";
import { printYaml } from "../synth/print.ts";

/** What of a cluster the kind configuration is made from. */
export type KindCluster = Pick<Cluster, "name" | "type"> & { readonly provider: KindProvider };

/**
 * The configuration of a kind cluster, as `kind create cluster --config` reads it: one control plane, as many
 * workers as the definition asks for, and the port mappings on the control plane.
 */
export function kindConfig({ name, type, provider }: KindCluster): string {
  const workers = provider.workers ?? type.scaling.nodes.min;
  const extraPortMappings = Object.entries(provider.ports ?? {}).map(([hostPort, containerPort]) => ({
    containerPort,
    hostPort: Number(hostPort),
    // Without it kind listens on every interface of the machine.
    listenAddress: "127.0.0.1",
  }));
  return printYaml({
    kind: "Cluster",
    apiVersion: "kind.x-k8s.io/v1alpha4",
    name,
    nodes: [
      { role: "control-plane", ...(extraPortMappings.length === 0 ? {} : { extraPortMappings }) },
      ...Array.from({ length: workers }, () => ({ role: "worker" })),
    ],
  });
}

/**
 * What tells containerd on each node to pull every image through a registry (`hosts.toml` of its `_default`
 * namespace). `SLUICE_HOST` stands for the machine as the nodes see it, which only they know.
 */
export function mirrorHosts(registryMirror: string): string {
  const host = registryMirror
    .replace(/\/$/, "")
    .replace(/\/\/(localhost|127\.0\.0\.1)(?=[:/]|$)/, "//SLUICE_HOST");
  return `[host."${host}"]\n  capabilities = ["pull", "resolve"]\n`;
}

/** A short name for a configuration: another one is another cluster. */
export function fingerprint(...parts: readonly string[]): string {
  return createHash("sha256").update(parts.join("\0")).digest("hex").slice(0, 12);
}

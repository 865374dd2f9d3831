import type { Construct } from "constructs";
import { GitRepository } from "../../constructs/flux/git-repository.ts";
import { Kustomization, type KustomizationProps } from "../../constructs/flux/kustomization.ts";
import { OCIRepository, type OCIRepositoryProps } from "../../constructs/flux/oci-repository.ts";
import { releaseHealth } from "../../constructs/flux/release-health.ts";
import { KubeObject } from "../../constructs/kube-object.ts";
import type { Cluster, ClusterBundle } from "../fleet/cluster.ts";
import { protectedAnnotation } from "../fleet/environment-types.ts";
import { factsOf } from "../fleet/facts.ts";
import { stackAnnotation, stackInputs } from "../fleet/stack-inputs.ts";
import { patternOf, type Verification } from "../fleet/verification.ts";
import { partName, substituteFrom, variablesName } from "./bundle.ts";
import { bundleFolder } from "./paths.ts";
import { printYaml } from "./print.ts";

/** A bundle of the cluster: its source at its track, its variables, and what applies its layers and options. */
export function bundleObjects(
  scope: Construct,
  cluster: Cluster,
  { name, track, variables, options, patches }: ClusterBundle,
): void {
  const { artifacts, repository } = cluster.fleet;
  const source =
    "branch" in track
      ? new GitRepository(scope, "source", {
          teardown: "controller",
          metadata: { name },
          url: repository.url,
          ref: { branch: track.branch },
          ...(repository.secret === undefined ? {} : { secretRef: { name: repository.secret } }),
          ...(repository.provider === undefined ? {} : { provider: repository.provider }),
        })
      : new OCIRepository(scope, "source", {
          teardown: "controller",
          metadata: { name },
          url: `${artifacts.url.replace(/\/$/, "")}/${name}`,
          ref: track,
          ...(artifacts.secret === undefined ? {} : { secretRef: { name: artifacts.secret } }),
          ...(artifacts.insecure === true ? { insecure: true } : {}),
          ...(artifacts.verify === undefined ? {} : { verify: verifyBy(artifacts.verify) }),
        });
  const root = "branch" in track ? `./${bundleFolder(name)}` : ".";

  const values = Object.entries({ ...factsOf(cluster), ...variables }).map(
    ([key, value]) => [key, String(value)] as const,
  );
  new KubeObject(scope, "variables", {
    apiVersion: "v1",
    kind: "ConfigMap",
    teardown: "controller",
    // With this label a change of a value is applied at once, not at the next interval.
    metadata: {
      name: variablesName(name),
      labels: { "reconcile.fluxcd.io/watch": "Enabled" },
      ...(cluster.type.protected && name === "platform"
        ? { annotations: { [protectedAnnotation]: "true", [stackAnnotation]: stackInputs(cluster) } }
        : {}),
    },
    data: Object.fromEntries(values),
  });
  const layers = new Kustomization(scope, "layers", {
    teardown: "controller",
    metadata: { name },
    path: `${root}/layers`,
    sourceRef: source,
    // As long as its layers may take one after the other.
    timeout: "30m",
    postBuild: { substitute: { root, source_kind: source.kind } },
    ...(Object.keys(patches).length === 0 ? {} : { patches: layerPatches(name, patches) }),
  });
  for (const option of options)
    new Kustomization(scope, option, {
      teardown: "controller",
      metadata: { name: partName(name, option) },
      path: `${root}/options/${option}`,
      sourceRef: source,
      dependsOn: [layers],
      timeout: "10m",
      healthCheckExprs: [releaseHealth],
      postBuild: { substituteFrom: substituteFrom(name), substituteStrategy: "Always" },
    });
}

/** Patches that put the cluster's own patches into the Kustomizations of the layers. */
function layerPatches(
  bundle: string,
  patches: ClusterBundle["patches"],
): NonNullable<KustomizationProps["patches"]> {
  return Object.entries(patches)
    .filter(([, list]) => list.length > 0)
    .map(([layer, list]) => {
      const inner = list.map(({ target, patch }) => ({
        ...(target === undefined ? {} : { target }),
        patch: typeof patch === "string" ? patch : printYaml(patch),
      }));
      // Escaped, as this text is substituted once on its way to where the variables are known.
      const text = printYaml([{ op: "add", path: "/spec/patches", value: inner }]).replaceAll(
        "${",
        () => "$${",
      );
      return { target: { kind: "Kustomization", name: partName(bundle, layer) }, patch: text };
    });
}

/** How source-controller is told whose signature an artifact needs. */
function verifyBy({ secret, identity, trustedRoot }: Verification): OCIRepositoryProps["verify"] {
  const provider = "cosign";
  if (identity === undefined) return { provider, secretRef: { name: secret } };
  const { issuer, subject } = identity;
  return {
    provider,
    matchOIDCIdentity: [{ issuer: patternOf(issuer), subject: patternOf(subject) }],
    ...(trustedRoot === undefined ? {} : { trustedRootSecretRef: { name: trustedRoot } }),
  };
}

import type { Chart } from "cdk8s";
import type { Construct } from "constructs";
import { App as ClusterApp, versionsId } from "../../constructs/apps/app.ts";
import { imageMarker } from "../../constructs/apps/image-updates.ts";
import { fluxNamespace } from "../../constructs/flux/flux-object.ts";
import { GitRepository } from "../../constructs/flux/git-repository.ts";
import { ImagePolicy } from "../../constructs/flux/image-policy.ts";
import { ImageRepository } from "../../constructs/flux/image-repository.ts";
import { ImageUpdateAutomation } from "../../constructs/flux/image-update-automation.ts";
import type { Cluster } from "../fleet/cluster.ts";
import type { Problem } from "../fleet/user-error.ts";
import type { Synthesis } from "./folder.ts";
import { clustersFolder } from "./paths.ts";

/** The objects by which Flux raises a cluster's images, and what they are called in its folder. */
export const imageUpdatesName = "image-updates";

/** The controllers that they need, beside those that every cluster has. */
export const imageControllers = ["image-reflector-controller", "image-automation-controller"] as const;

const noAuthor = { name: "Flux", email: "flux@sluice.invalid" };

/**
 * The apps of a cluster whose images Flux may raise, checked against the marks in versions.yaml. None in a
 * sandbox, whose files are its source's byte for byte: two automations would edit one line.
 */
export function updatedApps(
  synthesis: Synthesis,
  cluster: Cluster,
  apps: Construct | undefined,
): ClusterApp[] {
  const found = (apps?.node.findAll() ?? []).filter(
    (each): each is ClusterApp => ClusterApp.isApp(each) && each.updatedImage !== undefined,
  );
  const { file, apps: versions } = cluster.versions;
  const ids = new Set<string>();
  for (const app of found) {
    const id = versionsId(app);
    ids.add(id);
    const { image, line, imageLine = line, imageMarker: marker } = versions.get(id) ?? {};
    const wanted = imageMarker(app);
    if (marker === wanted) continue;
    synthesis.problems.push({
      where: imageLine === undefined ? synthesis.where(app) : `${file}:${imageLine}`,
      message:
        marker === undefined
          ? `Flux is to raise the image of '${id}', but the line with it is not marked`
          : `Flux is to raise the image of '${id}', but the line is marked for '${marker}'`,
      remedy: `write: image: ${image ?? "1.0.0"} # {"$imagepolicy": "${wanted}"}`,
    });
  }
  for (const [id, { imageMarker: marker, imageLine }] of versions)
    if (marker !== undefined && !ids.has(id))
      synthesis.problems.push({
        where: `${file}:${imageLine}`,
        message: `the image of '${id}' is marked for Flux to raise it, but no app asks for that`,
        remedy: "give the app imageUpdates, or remove the comment",
      });
  return cluster.sandbox === undefined ? found : [];
}

/** Clusters whose versions.yaml an automation of another cluster would edit as well. */
export function sharedVersions(updated: readonly Cluster[], all: readonly Cluster[]): Problem[] {
  return updated.flatMap((cluster) =>
    all
      .filter(
        (other) =>
          other !== cluster &&
          (other.folder === cluster.folder || other.folder.startsWith(`${cluster.folder}/`)),
      )
      .slice(0, 1)
      .map((other) => ({
        where: `${clustersFolder}/${cluster.folder}`,
        message: `Flux is to raise images of ${cluster.name}, and would edit versions of ${other.name} as well`,
        remedy: `give ${other.name} a folder of its own beside this one`,
      })),
  );
}

/** What looks for newer images and writes them to git: in flux-system, as an automation sees its own namespace only. */
export function imageUpdateObjects(chart: Chart, cluster: Cluster, apps: readonly ClusterApp[]): void {
  const { repository, imageUpdates: { secret, author = noAuthor } = {} } = cluster.fleet;
  const teardown = "controller";
  for (const app of apps) {
    const { image, policy, filterTags, repository: asked } = app.updatedImage!;
    const metadata = { name: app.name, namespace: fluxNamespace };
    const scanned = new ImageRepository(chart, `repository-${app.name}`, {
      teardown,
      metadata,
      image,
      ...asked,
    });
    new ImagePolicy(chart, `policy-${app.name}`, {
      teardown,
      metadata,
      imageRepositoryRef: { name: scanned.name },
      policy,
      ...(filterTags === undefined ? {} : { filterTags }),
    });
  }
  // With credentials of its own, so that what the cluster is synced with need not be able to push.
  const source =
    secret === undefined
      ? "flux-system"
      : new GitRepository(chart, "source", {
          teardown,
          metadata: { name: imageUpdatesName },
          url: repository.url,
          ref: { branch: cluster.branch },
          secretRef: { name: secret },
          ...(repository.provider === undefined ? {} : { provider: repository.provider }),
        }).name;
  new ImageUpdateAutomation(chart, "automation", {
    teardown,
    metadata: { name: imageUpdatesName },
    sourceRef: { kind: "GitRepository", name: source },
    git: {
      checkout: { ref: { branch: cluster.branch } },
      commit: {
        author: { ...author },
        messageTemplate: `Raise images of ${cluster.name}\n\n{{ range .Changed.Changes }}{{ .OldValue }} -> {{ .NewValue }}\n{{ end }}`,
      },
      push: { branch: `${imageUpdatesName}/${cluster.name}` },
    },
    update: { strategy: "Setters", path: `./${clustersFolder}/${cluster.folder}` },
  });
}

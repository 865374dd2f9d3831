import type { Construct } from "constructs";
import { trackKind, type Track } from "../../lib/fleet/tracks.ts";
import { GitRepository } from "../flux/git-repository.ts";
import { Kustomization, type KustomizationProps } from "../flux/kustomization.ts";
import { OCIRepository } from "../flux/oci-repository.ts";
import type { MergePatch } from "../kube-object.ts";
import { App, type AppProps, optionalVersion, readsOnly, requiredVersion } from "./app.ts";
import { waitsFor } from "./dependencies.ts";
import { imageNameProblem, mirroredImage } from "./image.ts";
import { refuse } from "./refuse.ts";

/** Where an app's manifests are. */
export interface ManifestsSource {
  /** A git repository (`https://…`, `ssh://…`) or an OCI artifact (`oci://registry.example.com/team/app`, without its tag). */
  readonly url: string;
  /** The Secret in the app's namespace with the credentials. @default none: it is public */
  readonly secret?: string;
  /** Merged into the GitRepository or OCIRepository (JSON merge patch): its interval, how it is verified, … */
  readonly overrides?: MergePatch;
}

/** An app whose manifests are in another repository. */
export interface KustomizeAppProps extends AppProps {
  readonly source: ManifestsSource;
  /**
   * What the source follows: a git repository a branch, tag or range, an OCI artifact a tag, range or digest.
   * @default what versions.yaml has under the app's id: a line such as `tag: 1.4.2`
   */
  readonly track?: Track;
  /** The folder in the source that is applied. @default ./ */
  readonly path?: string;
  /** Changes to the manifests, as in Flux's Kustomization. @default none */
  readonly patches?: KustomizationProps["patches"];
  /** Other names and tags for images, as in Flux's Kustomization. With a mirror, those named here are pulled through it. @default none */
  readonly images?: KustomizationProps["images"];
  /** The image, by its name in the manifests, whose tag `imageTag` or versions.yaml gives. @default none: the manifests decide */
  readonly image?: string;
  /** Tag of `image`. @default `image` in versions.yaml, under the app's id */
  readonly imageTag?: string;
  /** Values of the variables that the manifests write as `${name}`. @default none: nothing is substituted */
  readonly substitute?: Readonly<Record<string, string>>;
  /**
   * The ServiceAccount, of the app's namespace, as which Flux applies the manifests.
   * @default `apps` below a cluster's apps; elsewhere none, and Flux applies them as itself
   */
  readonly serviceAccountName?: string;
  /** Merged into the Kustomization that applies the manifests (JSON merge patch). */
  readonly overrides?: MergePatch;
}

/**
 * An app whose manifests, plain or kustomized, are in its team's own repository: a source, called as the app,
 * and the Kustomization `<app>-manifests` that applies a folder of it. All of it goes into the app's namespace.
 * `interval`, `timeout` and `decryption` are those of that Kustomization.
 * @example
 * new KustomizeApp(apps, "shop", {
 *   source: { url: "https://git.example.com/shop/deploy.git" },
 *   path: "./overlays/production",
 *   image: "registry.example.com/shop",
 * });
 * // versions.yaml
 * // apps:
 * //   shop:
 * //     tag: 1.4.2
 * //     image: 1.4.7
 */
export class KustomizeApp extends App {
  readonly source: GitRepository | OCIRepository;
  readonly manifests: Kustomization;

  constructor(scope: Construct, id: string, props: KustomizeAppProps) {
    // The manifests are decrypted where they are read; the objects here hold no secret.
    super(scope, id, { ...props, decryption: undefined }, { own: ["dependsOn", "interval", "timeout"] });
    const { path = "./", patches, substitute, interval, timeout, decryption, overrides, image } = props;
    const track = requiredVersion(this, "track", props.track);
    const tag = optionalVersion(this, "image", props.imageTag);
    readsOnly(this, "track", "image");
    refuse(this, [
      ...sourceProblems(props.source.url, track),
      image !== undefined && imageNameProblem(image),
      image === undefined &&
        tag !== undefined &&
        `the image's version is given (${tag}), but not whose: set 'image'`,
      image !== undefined &&
        tag === undefined &&
        `the version of image '${image}' is missing: give imageTag, or 'image' in versions.yaml`,
      ...Object.keys(substitute ?? {}).map(
        (name) =>
          !/^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name) &&
          `'${name}' is no name that Flux substitutes: letters, digits and '_'`,
      ),
    ]);
    const { namespace } = this;
    const serviceAccountName = props.serviceAccountName ?? this.serviceAccountName;
    const dependsOn = waitsFor(this, "Kustomization");
    const images = this.#images(props.images ?? [], image, tag);
    this.source = this.#source(props.source, track, namespace);
    this.manifests = new Kustomization(this, "manifests", {
      // The Kustomization that applies these objects has the app's own name.
      metadata: { name: `${this.name}-manifests`, namespace },
      sourceRef: this.source,
      path,
      targetNamespace: namespace,
      ...(serviceAccountName === undefined ? {} : { serviceAccountName }),
      ...(interval === undefined ? {} : { interval }),
      ...(timeout === undefined ? {} : { timeout }),
      ...(dependsOn.length === 0 ? {} : { dependsOn: dependsOn }),
      ...(patches === undefined ? {} : { patches }),
      ...(images.length === 0 ? {} : { images }),
      // Always: otherwise manifests none of whose variables has a value would be applied with `${…}` in them.
      ...(substitute === undefined
        ? {}
        : { postBuild: { substitute: { ...substitute }, substituteStrategy: "Always" as const } }),
      ...(decryption === undefined
        ? {}
        : { decryption: { provider: "sops" as const, secretRef: { name: decryption.secret } } }),
      ...(overrides === undefined ? {} : { overrides }),
    });
  }

  override get fluxObject(): Kustomization {
    return this.manifests;
  }

  #source(
    { url, secret, overrides }: ManifestsSource,
    track: Track,
    namespace: string,
  ): GitRepository | OCIRepository {
    const common = {
      metadata: { name: this.name, namespace },
      url,
      ...(secret === undefined ? {} : { secretRef: { name: secret } }),
      ...(overrides === undefined ? {} : { overrides }),
    };
    // Which of the tracks the kind can follow has been looked at before.
    const ref = track as { tag: string };
    return url.startsWith("oci://")
      ? new OCIRepository(this, "source", { ...common, ref })
      : new GitRepository(this, "source", { ...common, ref });
  }

  #images(given: readonly Image[], image: string | undefined, tag: string | undefined): Image[] {
    const own: Image[] =
      image === undefined || tag === undefined ? [] : [{ name: image, ...tagOrDigest(tag) }];
    return [...given, ...own].map((entry) => {
      const name = entry.newName ?? entry.name;
      const mirrored = mirroredImage(this, name);
      return mirrored === name ? entry : { ...entry, newName: mirrored };
    });
  }
}

type Image = NonNullable<KustomizationProps["images"]>[number];

/** kustomize has a field of its own for the digest of `1.4.2@sha256:…`, and then leaves the tag out. */
function tagOrDigest(tag: string): { newTag: string } | { digest: string } {
  const at = tag.indexOf("@");
  return at < 0 ? { newTag: tag } : { digest: tag.slice(at + 1) };
}

function sourceProblems(url: string, track: Track): (string | false)[] {
  const kind = trackKind(track);
  const oci = url.startsWith("oci://");
  return [
    !/^(https?|ssh|oci):\/\/\S+$/.test(url) &&
      `'${url}' is no source of manifests: https://… or ssh://… for git, oci://… for an artifact`,
    oci &&
      kind === "branch" &&
      `an OCI artifact has no branches: track a tag, a semver range or a digest of ${url}`,
    !oci &&
      "digest" in track &&
      `a git repository has no digests: track a branch, a tag or a semver range of ${url}`,
  ];
}

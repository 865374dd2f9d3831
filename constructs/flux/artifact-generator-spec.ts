/**
 * The spec of an ArtifactGenerator (source-watcher 2.2): makes new artifacts
 * out of parts of other sources, so that a Kustomization or HelmRelease is
 * reconciled only when its own part has changed.
 */
export interface IArtifactGeneratorSpec {
  /** What files may be copied from: 1 to 1,000. */
  sources: IArtifactSource[];
  /** The ExternalArtifacts to make: 1 to 1,000. */
  artifacts: IOutputArtifact[];
  /**
   * Makes each artifact once for every directory that matches:
   * `@<alias>/<pattern>` with captures such as `{app}`, which the artifacts'
   * fields can use.
   */
  pathPattern?: string;
  /** Labels and annotations for all generated objects. */
  commonMetadata?: {
    annotations?: Record<string, string>;
    labels?: Record<string, string>;
  };
}

/** A source under a short name. */
export interface IArtifactSource {
  /**
   * Unique in the ArtifactGenerator: lower case letters, digits, `-` and `_`,
   * at most 63.
   */
  alias: string;
  kind: "Bucket" | "GitRepository" | "OCIRepository" | "HelmChart" | "ExternalArtifact";
  name: string;
  /** @default the namespace of the ArtifactGenerator */
  namespace?: string;
}

/** An ExternalArtifact that is made. */
export interface IOutputArtifact {
  /** The ExternalArtifact's name; can hold captures of `pathPattern`. */
  name: string;
  /** At least one; a later one overwrites what an earlier one copied. */
  copy: IArtifactCopy[];
  /**
   * `@<alias>` of the source whose revision the artifact takes.
   * @default the digest of the artifact's content
   */
  revision?: string;
  /**
   * `@<alias>` of the source whose origin revision (a Git commit, say) is put
   * into the annotation `org.opencontainers.image.revision`.
   */
  originRevision?: string;
}

/** Files to copy into an artifact. */
export interface IArtifactCopy {
  /** `@<alias>/<glob>`; can hold captures of `pathPattern`. */
  from: string;
  /** `@artifact/<path>`; can hold captures of `pathPattern`. */
  to: string;
  /**
   * Globs to leave out, relative to the source or to what `from` has before its
   * first glob; one without a slash matches names at any depth. At most 100.
   */
  exclude?: string[];
  /**
   * `Overwrite` replaces files, `Merge` merges YAML like Helm values, `Extract`
   * unpacks `.tar.gz` and `.tgz`.
   * @default "Overwrite"
   */
  strategy?: "Overwrite" | "Merge" | "Extract";
}

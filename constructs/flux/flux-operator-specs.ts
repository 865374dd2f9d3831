// The kinds of flux-operator (fluxcd.controlplane.io/v1), written after its
// documentation: schemas/flux-operator.json holds the same.

/** Labels and annotations for all objects that are made. */
export interface ICommonMetadata {
  annotations?: Record<string, string>;
  labels?: Record<string, string>;
}

/** Which objects by their labels: all conditions have to hold. */
export interface ILabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: {
    key: string;
    /** `In`, `NotIn`, `Exists` or `DoesNotExist`. */
    operator: string;
    /** For `In` and `NotIn`. */
    values?: string[];
  }[];
}

/**
 * The spec of a FluxInstance: the Flux that flux-operator installs, keeps up to
 * date and configures. A cluster has one, named `flux`, in the operator's
 * namespace.
 */
export interface IFluxInstanceSpec {
  /** Which Flux, from where. */
  distribution: {
    /** A version or a range, such as `2.9.x`. */
    version: string;
    /** Where the controllers' images are, such as `ghcr.io/fluxcd`. */
    registry: string;
    /**
     * The artifact with the manifests, `oci://…`, looked at for new versions.
     * @default the manifests in the operator's image
     */
    artifact?: string;
    /** A Secret of type `kubernetes.io/dockerconfigjson` for `artifact`. */
    artifactPullSecret?: string;
    /** A Secret of type `kubernetes.io/dockerconfigjson` for the images. */
    imagePullSecret?: string;
    /** Which images a mirror has; needed for a registry that the operator does not know. */
    variant?:
      "upstream-alpine" | "enterprise-alpine" | "enterprise-distroless" | "enterprise-distroless-fips";
  };
  /** @default source-, kustomize-, helm- and notification-controller */
  components?: (
    | "source-controller"
    | "kustomize-controller"
    | "helm-controller"
    | "notification-controller"
    | "image-reflector-controller"
    | "image-automation-controller"
    | "source-watcher"
  )[];
  /** What Flux should know of the cluster. */
  cluster?: {
    /** @default "kubernetes" */
    type?: "kubernetes" | "openshift" | "azure" | "aws" | "gcp";
    /** How much the controllers do at once and may use: tens of apps, hundreds, up to a thousand. */
    size?: "small" | "medium" | "large";
    /** @default "cluster.local" */
    domain?: string;
    /**
     * Locks tenants in: no references across namespaces, and objects are
     * applied as `tenantDefaultServiceAccount`.
     * @default false
     */
    multitenant?: boolean;
    /** Lets objects name a ServiceAccount to authenticate to a cloud with. */
    objectLevelWorkloadIdentity?: boolean;
    /**
     * Authenticates tenants' objects to the cloud as the default accounts below.
     * Needs `objectLevelWorkloadIdentity`.
     * @default false
     */
    multitenantWorkloadIdentity?: boolean;
    /** @default "default" */
    tenantDefaultServiceAccount?: string;
    /**
     * For the decryption with SOPS.
     * @default "default"
     */
    tenantDefaultDecryptionServiceAccount?: string;
    /**
     * For `spec.kubeConfig.configMapRef`.
     * @default "default"
     */
    tenantDefaultKubeConfigServiceAccount?: string;
    /**
     * Closes Flux' namespace to other namespaces.
     * @default true
     */
    networkPolicy?: boolean;
  };
  /**
   * A volume claim for source-controller's artifacts.
   * @default the artifacts are gone when the pod is
   */
  storage?: {
    /** The StorageClass. */
    class: string;
    /** A Kubernetes quantity, such as `10Gi`. */
    size: string;
  };
  /** Further sets of controllers for objects with a label. */
  sharding?: {
    /**
     * The label.
     * @default "sharding.fluxcd.io/key"
     */
    key?: string;
    /** The label's values, a set of controllers for each. */
    shards: string[];
    /**
     * `persistent` needs `storage`.
     * @default "ephemeral"
     */
    storage?: "ephemeral" | "persistent";
  };
  commonMetadata?: ICommonMetadata;
  /** Changes to Flux' own manifests. */
  kustomize?: {
    patches?: {
      /** A strategic merge patch or a JSON patch, as YAML. */
      patch: string;
      /** @default what the patch itself names */
      target?: {
        group?: string;
        version?: string;
        kind?: string;
        /** A regular expression. */
        name?: string;
        /** A regular expression. */
        namespace?: string;
        labelSelector?: string;
        annotationSelector?: string;
      };
    }[];
  };
  /**
   * The source and Kustomization to begin with, named after the namespace as
   * `flux bootstrap` names them.
   */
  sync?: {
    kind: "GitRepository" | "OCIRepository" | "Bucket";
    /** Of a Git server (HTTPS or SSH), `oci://…`, or a bucket's endpoint. */
    url: string;
    /** A Git ref such as `refs/heads/main`, an OCI tag, or a bucket's name. */
    ref: string;
    /** The folder that Flux applies. */
    path: string;
    /** A Secret with credentials for the source. */
    pullSecret?: string;
    /**
     * Whose identity authenticates instead of a Secret: `aws`, `azure` or `gcp`
     * for OCI and buckets; `aws`, `azure` or `github` for Git.
     */
    provider?: "generic" | "aws" | "azure" | "gcp" | "github";
    /**
     * A Flux duration.
     * @default "1m"
     */
    interval?: string;
    /**
     * Of the source and Kustomization; cannot be changed later.
     * @default the namespace's name
     */
    name?: string;
  };
  /**
   * Moves stored Flux objects to the newest API version after an upgrade.
   * @default true
   */
  migrateResources?: boolean;
  /**
   * Waits until the controllers are ready.
   * @default true
   */
  wait?: boolean;
}

/** The spec of a FluxReport, which flux-operator itself writes: what runs in the cluster. */
export interface IFluxReportSpec {
  cluster?: {
    /** Such as `linux/arm64`. */
    platform: string;
    /** Such as `v1.36.1`. */
    serverVersion: string;
    /** How many. */
    nodes?: number;
  };
  distribution: {
    /** Who issued the entitlement. */
    entitlement: string;
    /** Such as `flux-operator` or `flux bootstrap`. */
    managedBy?: string;
    /** Such as `Installed`. */
    status: string;
    /** Of Flux. */
    version?: string;
  };
  /** The controllers. */
  components?: {
    name: string;
    image: string;
    ready: boolean;
    status: string;
  }[];
  operator?: {
    /** Of the operator's own kinds. */
    apiVersion: string;
    platform: string;
    version: string;
  };
  /** How many objects of each kind are in which state. */
  reconcilers?: {
    apiVersion: string;
    kind: string;
    stats?: {
      failing: number;
      running: number;
      suspended: number;
      /** Of the stored artifacts, such as `40.5 MiB`. */
      totalSize?: string;
    };
  }[];
  /** The source and Kustomization of the cluster. */
  sync?: {
    /** Such as `kustomization/flux-system`. */
    id: string;
    path?: string;
    ready: boolean;
    /** The source's URL. */
    source?: string;
    status: string;
  };
}

/**
 * The spec of a ResourceSet: templates that flux-operator fills in once for each
 * set of inputs, and applies. In them `<< inputs.name >>` is an input.
 */
export interface IResourceSetSpec {
  /** Sets of values. */
  inputs?: Record<string, unknown>[];
  /** Sets of values that ResourceSetInputProviders in the same namespace export. */
  inputsFrom?: {
    apiVersion?: "fluxcd.controlplane.io/v1";
    kind?: "ResourceSetInputProvider";
    /** Either this or `selector`. */
    name?: string;
    selector?: ILabelSelector;
  }[];
  /** How sets from several providers come together. */
  inputStrategy?: {
    /** One after the other, or each with each (at most 10,000). */
    name: "Flatten" | "Permute";
    /**
     * With `Permute`: a provider without inputs leaves no combination.
     * @default false
     */
    includeEmptyProviders?: boolean;
  };
  /** Templates as objects. */
  resources?: Record<string, unknown>[];
  /** Templates as YAML text, which may branch and repeat. */
  resourcesTemplate?: string;
  /**
   * At most 20, applied in order, each once the one before is ready. Instead of
   * `resources` and `resourcesTemplate`.
   */
  steps?: {
    /** Unique; a DNS label. */
    name: string;
    resources?: Record<string, unknown>[];
    resourcesTemplate?: string;
    /**
     * How long the step's objects may take to be ready: a Flux duration.
     * @default the annotation `fluxcd.controlplane.io/reconcileTimeout`, or "5m"
     */
    timeout?: string;
  }[];
  commonMetadata?: ICommonMetadata;
  /** Objects that have to exist first. */
  dependsOn?: {
    apiVersion: string;
    kind: string;
    name: string;
    namespace?: string;
    /**
     * They have to be Ready, too.
     * @default false
     */
    ready?: boolean;
    /** A CEL expression that says when; needs `ready: true`. */
    readyExpr?: string;
  }[];
  /**
   * The account that applies the objects.
   * @default the operator's own
   */
  serviceAccountName?: string;
  /**
   * Waits until what was applied is ready.
   * @default false
   */
  wait?: boolean;
}

/** The spec of a ResourceSetInputProvider: where a ResourceSet's inputs come from. */
export interface IResourceSetInputProviderSpec {
  type:
    | "Static"
    | "GitHubPullRequest"
    | "GitHubBranch"
    | "GitHubTag"
    | "GitLabMergeRequest"
    | "GitLabBranch"
    | "GitLabTag"
    | "GitLabEnvironment"
    | "AzureDevOpsPullRequest"
    | "AzureDevOpsBranch"
    | "AzureDevOpsTag"
    | "GiteaPullRequest"
    | "GiteaBranch"
    | "GiteaTag"
    | "AWSCodeCommitPullRequest"
    | "AWSCodeCommitBranch"
    | "AWSCodeCommitTag"
    | "OCIArtifactTag"
    | "ACRArtifactTag"
    | "ECRArtifactTag"
    | "GARArtifactTag"
    | "ExternalService"
    | "ExternalArtifact";
  /** `https://…` or `oci://…`; for every type but `Static` and `ExternalArtifact`. */
  url?: string;
  /**
   * Allows plain HTTP, for `ExternalService` and `OCIArtifactTag`.
   * @default false
   */
  insecure?: boolean;
  /** Which branches, tags, requests or environments become inputs. */
  filter?: {
    /**
     * At most 10,000.
     * @default 100
     */
    limit?: number;
    /** Of pull or merge requests. */
    labels?: string[];
    /** A regular expression, as the next five. */
    includeBranch?: string;
    excludeBranch?: string;
    includeTag?: string;
    excludeTag?: string;
    includeEnvironment?: string;
    excludeEnvironment?: string;
    /** A range of versions that tags have to be in; sorts them, too. */
    semver?: string;
  };
  /** What keeps an input as it was. */
  skip?: {
    /** Of pull or merge requests; `!name` for one that is not there. */
    labels?: string[];
  };
  /** Values in every set of inputs; those of type `Static` have no others. */
  defaultValues?: Record<string, unknown>;
  /** Which ExternalArtifacts, for the type of this name. */
  selectors?: (ILabelSelector & {
    /** Instead of labels. */
    name?: string;
    /**
     * `*` for all.
     * @default the provider's own
     */
    namespace?: string;
  })[];
  /** A Secret with credentials. */
  secretRef?: { name: string };
  /** A Secret with `ca.crt`, or `tls.crt` and `tls.key`. */
  certSecretRef?: { name: string };
  /** The account whose identity, or pull secrets, authenticate. */
  serviceAccountName?: string;
  /**
   * When the inputs may change.
   * @default always
   */
  schedule?: {
    /** Such as `0 10 * * 1-4`. */
    cron: string;
    /** @default "UTC" */
    timeZone?: string;
    /**
     * How long from then on: a Flux duration.
     * @default "0s", as near to the time as may be
     */
    window?: string;
  }[];
}

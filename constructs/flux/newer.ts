// Fields of Flux 2.9 that @kubernetes-models/flux-cd 4.0.0 does not have yet.
// test/constructs/flux/typed-to-the-field.test.ts says when one of them is
// missing here, or no longer needed.

import type { ICrossNamespaceObjectReference } from "@kubernetes-models/flux-cd/notification.toolkit.fluxcd.io/v1/CrossNamespaceObjectReference";
import type { IReceiverSpec as IOlderReceiverSpec } from "@kubernetes-models/flux-cd/notification.toolkit.fluxcd.io/v1/ReceiverSpec";
import type { IGitRepositorySpec as IOlderGitRepositorySpec } from "@kubernetes-models/flux-cd/source.toolkit.fluxcd.io/v1/GitRepositorySpec";
import type { IOCIRepositorySpec as IOlderOCIRepositorySpec } from "@kubernetes-models/flux-cd/source.toolkit.fluxcd.io/v1/OCIRepositorySpec";
import type { IOCIRepositoryVerification } from "@kubernetes-models/flux-cd/source.toolkit.fluxcd.io/v1/OCIRepositoryVerification";

// A module that nothing imports cannot be added to; unlike an import, a
// re-export of types is still there in the d.ts file and costs nothing at run time.
export type { IValuesReference } from "@kubernetes-models/flux-cd/github.com/fluxcd/pkg/apis/meta/ValuesReference";
export type { IHelmReleaseSpec } from "@kubernetes-models/flux-cd/helm.toolkit.fluxcd.io/v2/HelmReleaseSpec";
export type { IUpgrade } from "@kubernetes-models/flux-cd/helm.toolkit.fluxcd.io/v2/Upgrade";
export type { ISigningKey } from "@kubernetes-models/flux-cd/image.toolkit.fluxcd.io/v1/SigningKey";
export type { IKustomizationSpec } from "@kubernetes-models/flux-cd/kustomize.toolkit.fluxcd.io/v1/KustomizationSpec";
export type { IPostBuild } from "@kubernetes-models/flux-cd/kustomize.toolkit.fluxcd.io/v1/PostBuild";

declare module "@kubernetes-models/flux-cd/kustomize.toolkit.fluxcd.io/v1/KustomizationSpec" {
  interface IKustomizationSpec {
    /**
     * What Kustomize writes into annotations of the objects it builds:
     * `originAnnotations` for the file an object comes from,
     * `transformerAnnotations` for the transformers that changed it.
     */
    buildMetadata?: ("originAnnotations" | "transformerAnnotations")[];
    /** Fields that Flux neither looks at for drift nor applies. */
    ignore?: {
      /** JSON pointers, such as `/spec/replicas`. */
      paths: string[];
      /**
       * The objects that the rule is for.
       * @default every object of the Kustomization
       */
      target?: {
        group?: string;
        version?: string;
        kind?: string;
        name?: string;
        namespace?: string;
        /** Such as `app=web,tier!=cache`. */
        labelSelector?: string;
        /** Of the same form as a label selector. */
        annotationSelector?: string;
      };
    }[];
  }
}

declare module "@kubernetes-models/flux-cd/kustomize.toolkit.fluxcd.io/v1/PostBuild" {
  interface IPostBuild {
    /**
     * `WithVariables` leaves the manifests alone when there is no variable,
     * inline or from a ConfigMap or Secret; `Always` substitutes even then, so
     * that `${name:=default}` becomes `default`.
     * @default "WithVariables"
     */
    substituteStrategy?: "WithVariables" | "Always";
  }
}

declare module "@kubernetes-models/flux-cd/helm.toolkit.fluxcd.io/v2/HelmReleaseSpec" {
  interface IHelmReleaseSpec {
    /**
     * Whether post-renderers see the chart's hooks: not at all (as in Helm 3),
     * together with the templates, or in a stream of their own.
     * @default "combined", or "nohooks" with the feature gate UseHelm3Defaults
     */
    postRenderStrategy?: "nohooks" | "combined" | "separate";
  }
}

declare module "@kubernetes-models/flux-cd/helm.toolkit.fluxcd.io/v2/Upgrade" {
  interface IUpgrade {
    /**
     * What to do when the chart has another name than the one that is installed:
     * uninstall it first, or upgrade over it.
     * @default "Reinstall"
     */
    chartNameChangeStrategy?: "InPlaceUpdate" | "Reinstall";
  }
}

declare module "@kubernetes-models/flux-cd/github.com/fluxcd/pkg/apis/meta/ValuesReference" {
  interface IValuesReference {
    /**
     * Puts the value at `targetPath` as it is, like `helm --set-literal`:
     * commas, brackets, dots and equal signs mean nothing. Has no effect
     * without `targetPath`.
     * @default false
     */
    literal?: boolean;
  }
}

declare module "@kubernetes-models/flux-cd/image.toolkit.fluxcd.io/v1/SigningKey" {
  interface ISigningKey {
    /**
     * The format of the key in the Secret.
     * @default "gpg"
     */
    type?: "gpg" | "ssh";
  }
}

declare module "@kubernetes-models/flux-cd/notification.toolkit.fluxcd.io/v1/ReceiverSpec" {
  interface IReceiverSpec {
    /**
     * Who may call a receiver of type `generic-oidc`. The provider whose
     * `issuerURL` is the token's `iss` claim checks the token.
     */
    oidcProviders?: {
      /** The `iss` claim, and where the issuer's keys are discovered: `https://…`. */
      issuerURL: string;
      /**
       * The `aud` claim.
       * @default "notification-controller"
       */
      audience?: string;
      /**
       * All of them have to be true. Constrain the caller's identity: a public
       * issuer gives a valid token to anybody.
       */
      validations: {
        /** A CEL expression over `claims` and `vars`, true or false. */
        expression: string;
        /** What the caller is told when it is false. */
        message: string;
      }[];
      /** Evaluated in order; later expressions read them as `vars.<name>`. */
      variables?: {
        name: string;
        /** A CEL expression over `claims` and the variables before. */
        expression: string;
      }[];
    }[];
  }
}

// Merging cannot change the type of a field, nor add one to a type that another
// kind shares without having the field. These stand in for the types of the
// same name.

/** The spec of a GitRepository. */
export interface IGitRepositorySpec extends Omit<IOlderGitRepositorySpec, "provider"> {
  /**
   * Whose identity authenticates to the Git server.
   * @default "generic"
   */
  provider?: "generic" | "aws" | "azure" | "github";
}

/** The spec of an OCIRepository. */
export interface IOCIRepositorySpec extends Omit<IOlderOCIRepositorySpec, "verify"> {
  /** How the artifact's signature is checked. */
  verify?: IOCIRepositoryVerification & {
    /**
     * A Secret with a Sigstore `trusted_root.json`, to verify against a
     * Fulcio and Rekor of one's own.
     */
    trustedRootSecretRef?: { name: string };
  };
}

/** The spec of a Receiver. */
export interface IReceiverSpec extends Omit<IOlderReceiverSpec, "type" | "resources"> {
  /** The sender of the webhooks: how they are checked and read. */
  type: IOlderReceiverSpec["type"] | "generic-oidc";
  /** The objects to reconcile when a webhook comes in. */
  resources: (ICrossNamespaceObjectReference & {
    /**
     * A CEL expression over `res` (the object's metadata), `req` (the body) and,
     * for `generic-oidc`, `claims`. Only objects for which it is true, as well
     * as `resourceFilter`, are reconciled.
     */
    filter?: string;
  })[];
}

import { Construct } from "constructs";
import { rememberPlace } from "../../../lib/fleet/place.ts";
import { applyOverrides, type OverridableProps } from "../../overrides.ts";
import { KubeObject } from "../../kube-object.ts";
import { replaceable } from "../replaceable.ts";

export interface StorageClassesProps extends OverridableProps {
  /** The CSI driver that makes volumes. @default ebs.csi.aws.com */
  readonly provisioner?: string;
  /** The key that volumes are encrypted with: its id, ARN or alias. @default the account's own key for EBS */
  readonly encryptionKey?: string;
  /** The classes, by name; one of them may be the cluster's default. @default {@link generalClass} */
  readonly classes?: Readonly<Record<string, StorageClassProps>>;
}

export interface StorageClassProps {
  /** What becomes of a volume whose claim is deleted. Retained ones outlive even the cluster. @default Delete */
  readonly reclaimPolicy?: "Delete" | "Retain";
  /** Claims that name no class get this one. @default false */
  readonly isDefault?: boolean;
  /** For the driver, beside encryption. @default gp3 */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** The class that every cluster of the platform has, whatever makes its volumes. */
export const generalClass = "general";

/** Classes of volumes. They are made where their first pod runs, can grow, and are encrypted. */
export class StorageClasses extends Construct {
  constructor(scope: Construct, id: string, props: StorageClassesProps = {}) {
    super(scope, id);
    rememberPlace(this, new.target);
    const {
      provisioner = "ebs.csi.aws.com",
      encryptionKey,
      classes = { [generalClass]: { isDefault: true } },
    } = props;
    for (const [name, { reclaimPolicy = "Delete", isDefault = false, parameters }] of Object.entries(classes))
      new KubeObject(this, name, {
        apiVersion: "storage.k8s.io/v1",
        kind: "StorageClass",
        metadata: {
          annotations: {
            ...replaceable,
            ...(isDefault ? { "storageclass.kubernetes.io/is-default-class": "true" } : {}),
          },
        },
        teardown: "controller",
        provisioner,
        reclaimPolicy,
        allowVolumeExpansion: true,
        volumeBindingMode: "WaitForFirstConsumer",
        // Drivers other than EBS's take no notice of these.
        parameters: {
          encrypted: "true",
          ...(encryptionKey === undefined ? {} : { kmsKeyId: encryptionKey }),
          ...(parameters ?? { type: "gp3" }),
        },
      });
    applyOverrides(this, props.overrides);
  }
}

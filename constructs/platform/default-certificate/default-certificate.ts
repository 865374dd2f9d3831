import { Construct } from "constructs";
import { rememberPlace } from "../../../lib/fleet/place.ts";
import { applyOverrides, type OverridableProps } from "../../overrides.ts";
import { KubeObject } from "../../kube-object.ts";
import { internalIssuer } from "../cluster-issuers/cluster-issuers.ts";

export interface DefaultCertificateProps extends OverridableProps {
  /** The DNS zone of the cluster: the certificate is for it and for every host in it. */
  readonly domain: string;
  /** The ClusterIssuer. It has to be one that can sign for `*.domain`, so not one that proves hosts by HTTP. @default internal */
  readonly issuer?: string;
  /** Traefik's namespace. @default traefik */
  readonly namespace?: string;
}

/** What Traefik shows for hosts whose Ingress names no certificate, instead of one that it made up. */
export class DefaultCertificate extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { domain, issuer = internalIssuer, namespace = "traefik", overrides }: DefaultCertificateProps,
  ) {
    super(scope, id);
    rememberPlace(this, new.target);
    const secretName = "default-certificate";
    new KubeObject(this, "certificate", {
      apiVersion: "cert-manager.io/v1",
      kind: "Certificate",
      metadata: { name: secretName, namespace },
      spec: {
        secretName,
        dnsNames: [domain, `*.${domain}`],
        privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
        issuerRef: { group: "cert-manager.io", kind: "ClusterIssuer", name: issuer },
      },
    });
    // The name is Traefik's: it reads no other store.
    new KubeObject(this, "store", {
      apiVersion: "traefik.io/v1alpha1",
      kind: "TLSStore",
      metadata: { name: "default", namespace },
      spec: { defaultCertificate: { secretName } },
    });
    applyOverrides(this, overrides);
  }
}

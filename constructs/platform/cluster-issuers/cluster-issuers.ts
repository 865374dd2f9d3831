import { Construct } from "constructs";
import { rememberPlace } from "../../../lib/fleet/place.ts";
import { applyOverrides, type OverridableProps } from "../../overrides.ts";
import { KubeObject } from "../../kube-object.ts";

export interface ClusterIssuersProps extends OverridableProps {
  /** The ACME server of the issuer `acme`. @default Let's Encrypt */
  readonly acmeServer?: string;
  /** Where the ACME server may write to. Let's Encrypt does not ask for it, and refuses invented ones. @default none */
  readonly acmeEmail?: string;
  /** The IngressClass that answers the ACME server. @default traefik */
  readonly ingressClass?: string;
  /** Where cert-manager keeps the Secrets of ClusterIssuers: its own namespace. @default cert-manager */
  readonly namespace?: string;
}

/** The issuer of the cluster's own authority. */
export const internalIssuer = "internal";

/**
 * Two issuers for everyone: `internal`, an authority of the cluster's own, which works anywhere; and `acme`, for
 * certificates that the world trusts, which proves a host by HTTP and so needs the world to reach the ingress.
 */
export class ClusterIssuers extends Construct {
  constructor(scope: Construct, id: string, props: ClusterIssuersProps = {}) {
    super(scope, id);
    rememberPlace(this, new.target);
    const {
      acmeServer = "https://acme-v02.api.letsencrypt.org/directory",
      acmeEmail,
      ingressClass = "traefik",
      namespace = "cert-manager",
    } = props;
    const authority = "internal-authority";
    this.#issuer("self-signed", { selfSigned: {} });
    new KubeObject(this, authority, {
      apiVersion: "cert-manager.io/v1",
      kind: "Certificate",
      metadata: { namespace },
      spec: {
        isCA: true,
        commonName: authority,
        secretName: authority,
        duration: "87600h",
        renewBefore: "720h",
        privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Never" },
        issuerRef: { group: "cert-manager.io", kind: "ClusterIssuer", name: "self-signed" },
      },
    });
    this.#issuer(internalIssuer, { ca: { secretName: authority } });
    this.#issuer("acme", {
      acme: {
        server: acmeServer,
        ...(acmeEmail === undefined ? {} : { email: acmeEmail }),
        privateKeySecretRef: { name: "acme-account-key" },
        solvers: [{ http01: { ingress: { ingressClassName: ingressClass, serviceType: "ClusterIP" } } }],
      },
    });
    applyOverrides(this, props.overrides);
  }

  #issuer(name: string, spec: object): void {
    new KubeObject(this, name, { apiVersion: "cert-manager.io/v1", kind: "ClusterIssuer", spec });
  }
}

/**
 * When a ClusterIssuer counts as healthy, for a layer's `healthCheckExprs`: an ACME issuer at once, since it
 * is Ready only once a server on the internet has answered, and a cluster must start without.
 */
export const issuerHealth = {
  apiVersion: "cert-manager.io/v1",
  kind: "ClusterIssuer",
  current: "has(spec.acme) || status.conditions.exists(c, c.type == 'Ready' && c.status == 'True')",
};

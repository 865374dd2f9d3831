/** How an app is reached from outside the cluster. */
export interface IngressProps {
  /** The name that it is reached by, such as `shop.example.com`. */
  readonly host: string;
  /** @default traefik, the platform's */
  readonly className?: string;
  /**
   * The ClusterIssuer of cert-manager that issues its certificate, into the Secret `<app>-tls`.
   * @default none: the ingress controller's own certificate
   */
  readonly issuer?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An ingress, its defaults put in. */
export interface IngressParts {
  readonly host: string;
  readonly className: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** The Secret with the certificate, where it is served by TLS. */
  readonly secretName: string | undefined;
}

export function ingressParts(
  app: string,
  { host, className = "traefik", issuer, annotations }: IngressProps,
): IngressParts {
  return {
    host,
    className,
    annotations: {
      ...annotations,
      ...(issuer === undefined ? {} : { "cert-manager.io/cluster-issuer": issuer }),
    },
    secretName: issuer === undefined ? undefined : `${app}-tls`,
  };
}

/** What is wrong with an ingress's props. */
export function ingressProblems(ingress: IngressProps | undefined): string[] {
  if (ingress === undefined) return [];
  const { host } = ingress;
  // `${…}`: an output of the cluster's stack may be part of it.
  const name = host.replaceAll(/\$\{[^}]*\}/g, "x");
  if (/^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name)) return [];
  return [`'${host}' is no name of a host, such as shop.example.com: without scheme, port and path`];
}

import type { Construct } from "constructs";
import { HelmService, type ServiceProps } from "../helm-service.ts";
import { resources } from "../spread.ts";

export interface RbacManagerProps extends ServiceProps {
  /** debug, info, warn or error. @default info */
  readonly logLevel?: string;
}

/**
 * Role bindings and service accounts from RBACDefinitions. It runs once: neither chart nor program knows of
 * more replicas. Uninstalling it removes its custom resource definition, and with it all access that it gave.
 */
export class RbacManager extends HelmService {
  constructor(scope: Construct, id: string, props: RbacManagerProps = {}) {
    const { logLevel = "info", ...common } = props;
    super(
      scope,
      id,
      {
        name: "rbac-manager",
        chart: { repository: "https://charts.fairwinds.com/stable", name: "rbac-manager", version: "2.0.0" },
        namespace: "rbac-manager",
        images: { "image.repository": "us-docker.pkg.dev/fairwinds-ops/oss/rbac-manager" },
        values: {
          installCRDs: true,
          image: { pullPolicy: "IfNotPresent" },
          extraArgs: { "log-level": logLevel },
          priorityClassName: "system-cluster-critical",
          resources: resources({ cpu: "50m", memory: "64Mi" }, { cpu: "200m", memory: "256Mi" }),
          podSecurityContext: {
            runAsNonRoot: true,
            runAsUser: 65534,
            runAsGroup: 65534,
            seccompProfile: { type: "RuntimeDefault" },
          },
          serviceMonitor: { enabled: false },
        },
      },
      common,
    );
  }
}

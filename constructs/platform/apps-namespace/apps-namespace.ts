import { Construct } from "constructs";
import { rememberPlace } from "../../../lib/fleet/place.ts";
import { applyOverrides, type OverridableProps } from "../../overrides.ts";
import { KubeObject } from "../../kube-object.ts";
import { appsRules } from "./apps-role.ts";
import { appsNamespace } from "../../apps/apps.ts";

export interface AppsNamespaceProps extends OverridableProps {
  /** Its name, and that of its ServiceAccount. @default apps */
  readonly name?: string;
  /** Pod Security level that the namespace enforces. @default baseline */
  readonly podSecurity?: "privileged" | "baseline" | "restricted";
  /** More that apps may do in their namespace, as rules of a Role. @default nothing */
  readonly rules?: readonly object[];
}

/**
 * The namespace of the apps, and the ServiceAccount that Flux applies them as. Both belong to the platform: an
 * app that took its ServiceAccount with it could not be removed, as Flux would then have no right to.
 *
 * Flux itself may do everything, so whoever can make a Kustomization or HelmRelease without a ServiceAccount can
 * do everything too: see `impersonation` of the baseline policies.
 */
export class AppsNamespace extends Construct {
  readonly name: string;

  constructor(scope: Construct, id: string, props: AppsNamespaceProps = {}) {
    super(scope, id);
    rememberPlace(this, new.target);
    const { name = appsNamespace, podSecurity = "baseline", rules = [] } = props;
    this.name = name;
    const common = { metadata: { name, namespace: name }, teardown: "controller" } as const;
    new KubeObject(this, "namespace", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: {
        name,
        labels: {
          "pod-security.kubernetes.io/enforce": podSecurity,
          "pod-security.kubernetes.io/warn": "restricted",
        },
      },
      teardown: "controller",
    });
    new KubeObject(this, "service-account", {
      apiVersion: "v1",
      kind: "ServiceAccount",
      ...common,
      automountServiceAccountToken: false,
    });
    new KubeObject(this, "role", {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      ...common,
      rules: [...appsRules, ...rules],
    });
    new KubeObject(this, "role-binding", {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      ...common,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
      subjects: [{ kind: "ServiceAccount", name, namespace: name }],
    });
    applyOverrides(this, props.overrides);
  }
}

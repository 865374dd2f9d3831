import { Construct } from "constructs";
import { rememberPlace } from "../../../lib/fleet/place.ts";
import { applyOverrides, type OverridableProps } from "../../overrides.ts";
import { KubeObject } from "../../kube-object.ts";
import { appsNamespace } from "../../apps/apps.ts";
import { systemNamespaces } from "../system-namespaces.ts";
import { containers, podPolicies, type PodPolicy } from "./policies.ts";

export interface BaselinePoliciesProps extends OverridableProps {
  /** `Audit` reports what breaks a policy, `Deny` refuses it. @default Audit */
  readonly action?: string;
  /** Namespaces whose pods may do more, such as those of the platform's own services. @default {@link systemNamespaces} */
  readonly excludedNamespaces?: readonly string[];
  /** Namespaces in which Flux acts only as a ServiceAccount. @default apps */
  readonly impersonatingNamespaces?: readonly string[];
}

/**
 * What every pod keeps to, as Kyverno policies: not privileged, not in its node's namespaces, with requests and
 * a limit of memory, of an image's version. And that whoever makes a Kustomization or HelmRelease cannot borrow
 * Flux's own rights.
 *
 * While Kyverno does not answer, everything is admitted: a cluster that cannot start its pods is worse.
 */
export class BaselinePolicies extends Construct {
  constructor(scope: Construct, id: string, props: BaselinePoliciesProps = {}) {
    super(scope, id);
    rememberPlace(this, new.target);
    const {
      action = "Audit",
      excludedNamespaces = systemNamespaces,
      impersonatingNamespaces = [appsNamespace],
    } = props;
    for (const [name, policy] of Object.entries(podPolicies))
      this.#policy(name, policy, action, {
        namespaces: { operator: "NotIn", values: excludedNamespaces },
        // Kyverno derives rules for Deployments and so on only from exactly this rule.
        rules: [rule("", ["v1"], ["pods"])],
        variables: containers,
      });
    this.#policy("impersonation", impersonation, action, {
      namespaces: { operator: "In", values: impersonatingNamespaces },
      rules: [
        rule("kustomize.toolkit.fluxcd.io", ["*"], ["kustomizations"]),
        rule("helm.toolkit.fluxcd.io", ["*"], ["helmreleases"]),
      ],
    });
    applyOverrides(this, props.overrides);
  }

  #policy(
    name: string,
    { title, severity, validations }: PodPolicy,
    action: string,
    what: { namespaces: object; rules: readonly object[]; variables?: readonly object[] },
  ): void {
    new KubeObject(this, name, {
      apiVersion: "policies.kyverno.io/v1",
      kind: "ValidatingPolicy",
      metadata: {
        annotations: { "policies.kyverno.io/title": title, "policies.kyverno.io/severity": severity },
      },
      spec: {
        validationActions: [action],
        failurePolicy: "Ignore",
        evaluation: { admission: { enabled: true }, background: { enabled: true } },
        matchConstraints: {
          namespaceSelector: {
            matchExpressions: [{ key: "kubernetes.io/metadata.name", ...what.namespaces }],
          },
          resourceRules: what.rules,
        },
        ...(what.variables === undefined ? {} : { variables: what.variables }),
        validations,
      },
    });
  }
}

/**
 * When a ValidatingPolicy is in force, for a layer's `healthCheckExprs`: Kyverno does not say it in the place
 * where Flux looks.
 */
export const policyHealth = {
  apiVersion: "policies.kyverno.io/v1",
  kind: "ValidatingPolicy",
  current: "status.conditionStatus.ready == true",
};

const impersonation: PodPolicy = {
  title: "Flux acts as a ServiceAccount",
  severity: "high",
  validations: [
    {
      expression: "object.spec.?serviceAccountName.orValue('') != ''",
      message:
        "Without a ServiceAccount Flux would apply this with its own rights: give spec.serviceAccountName.",
    },
  ],
};

function rule(group: string, apiVersions: readonly string[], resources: readonly string[]): object {
  return { apiGroups: [group], apiVersions, operations: ["CREATE", "UPDATE"], resources };
}

import { Construct } from "constructs";
import { rememberPlace } from "../../../lib/fleet/place.ts";
import { applyOverrides, type OverridableProps } from "../../overrides.ts";
import { KubeObject } from "../../kube-object.ts";

export interface RbacDefinitionsProps extends OverridableProps {
  /** Group, as the cluster's identity provider names it, that may do everything. @default platform-admins */
  readonly adminGroup?: string;
  /** Group that may look at everything but Secrets. @default platform-viewers */
  readonly viewerGroup?: string;
}

/** Who may do what in the cluster. */
export class RbacDefinitions extends Construct {
  constructor(scope: Construct, id: string, props: RbacDefinitionsProps = {}) {
    super(scope, id);
    rememberPlace(this, new.target);
    const { adminGroup = "platform-admins", viewerGroup = "platform-viewers" } = props;
    new KubeObject(this, "platform", {
      apiVersion: "rbacmanager.reactiveops.io/v1beta1",
      kind: "RBACDefinition",
      rbacBindings: [binding("admins", adminGroup, "cluster-admin"), binding("viewers", viewerGroup, "view")],
      // It needs nobody to go, and whoever looks at a teardown that hangs must not be locked out by it.
      teardown: "controller",
    });
    applyOverrides(this, props.overrides);
  }
}

function binding(name: string, group: string, clusterRole: string): object {
  return { name, subjects: [{ kind: "Group", name: group }], clusterRoleBindings: [{ clusterRole }] };
}

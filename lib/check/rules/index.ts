import type { Rule } from "../rule.ts";
import { build } from "./build.ts";
import { cel } from "./cel.ts";
import { configReference } from "./config-reference.ts";
import { customKind } from "./custom-kind.ts";
import { dependsOn } from "./depends-on.ts";
import { deprecatedApi } from "./deprecated-api.ts";
import { disruptionBudget } from "./disruption-budget.ts";
import { leakedBranch } from "./leaked-branch.ts";
import { live } from "./live.ts";
import { namespace } from "./namespace.ts";
import { plaintextSecret } from "./plaintext-secret.ts";
import { probes } from "./probes.ts";
import { range } from "./range.ts";
import { requests } from "./requests.ts";
import { schema } from "./schema.ts";
import { serviceAccount } from "./service-account.ts";
import { source } from "./source.ts";
import { tenantRbac } from "./tenant-rbac.ts";
import { twoOwners } from "./two-owners.ts";
import { unique } from "./unique.ts";
import { variables } from "./variables.ts";

/** All rules, in the order in which their findings are told. */
export const rules: readonly Rule[] = [
  build,
  source,
  dependsOn,
  schema,
  cel,
  deprecatedApi,
  namespace,
  serviceAccount,
  configReference,
  customKind,
  twoOwners,
  variables,
  unique,
  plaintextSecret,
  leakedBranch,
  range,
  probes,
  requests,
  disruptionBudget,
  tenantRbac,
  live,
];

/**
 * Runs a stack's own program with mocked providers and sends what it registered to the process that forked
 * this one: `plan-run.ts MAIN STACK PROJECT CONFIG`. A process of its own, as Pulumi's runtime and the
 * program's module exist once in each.
 */
import { pathToFileURL } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { mockedCall, mockedOutputs } from "./plan-mocks.ts";
import { recordResources } from "./plan-record.ts";
import type { StackPlan } from "./planned-resource.ts";
import { UserError, type Problem } from "../fleet/user-error.ts";

/** What the process sends. */
export type PlanMessage =
  { readonly plan: StackPlan } | { readonly problems: readonly Problem[] } | { readonly defect: string };

/** Config as Pulumi.STACK.yaml has it: values, and which of them are secret. */
export interface PlanConfig {
  readonly values: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
}

const [main, stack, project, configJson] = process.argv.slice(2) as [string, string, string, string];

const send = (message: PlanMessage) =>
  new Promise<void>((resolve) => process.send!(message, undefined, undefined, () => resolve()));
const fail = async (error: unknown) => {
  await send(
    error instanceof UserError
      ? { problems: error.problems }
      : { defect: error instanceof Error ? (error.stack ?? error.message) : String(error) },
  );
  process.exit(1);
};
process.on("unhandledRejection", (error) => void fail(error));

try {
  const { values, secrets } = JSON.parse(configJson) as PlanConfig;
  await pulumi.runtime.setMocks({ newResource: mockedOutputs, call: mockedCall }, project, stack, false);
  pulumi.runtime.setAllConfig({ ...values }, [...secrets]);
  const resources = recordResources();
  const program = (await import(pathToFileURL(main).href)) as Record<string, unknown>;
  const exported = (program["default"] ?? program) as Record<string, unknown>;
  // Until every resource is registered.
  await pulumi.runtime.disconnect();
  const outputs = await Promise.all(
    Object.entries(exported).map(async ([name, value]) => {
      const output = pulumi.output(value);
      return { name, secret: await pulumi.isSecret(output) };
    }),
  );
  await send({ plan: { cluster: stack, resources, outputs } });
  process.exit(0);
} catch (error) {
  await fail(error);
}

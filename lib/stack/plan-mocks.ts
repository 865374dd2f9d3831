import type { runtime } from "@pulumi/pulumi";

/** What a provider would answer: the inputs, and what the program reads of the outputs that no input gives. */
export function mockedOutputs(args: runtime.MockResourceArgs): runtime.MockResourceResult {
  const { type, name } = args;
  const inputs = args.inputs as Record<string, unknown>;
  const arn = `arn:aws:${type.split(":")[1]?.split("/")[0] ?? "service"}:region:${account}:${name}`;
  return {
    id: `${name}-id`,
    state: { arn, keyId: `${name}-key`, latestVersion: 1, ...inputs, ...computed(type, name) },
  };
}

const account = "123456789012";

function computed(type: string, name: string): Record<string, unknown> {
  if (type === "command:local:Command") return { stdout: `output of ${name}\nsecond line`, stderr: "" };
  if (type === "eks:index:Cluster") return { kubeconfig: {}, kubeconfigJson: "{}" };
  return {};
}

/** What the functions of providers answer that the programs ask. */
export function mockedCall({ token, inputs }: runtime.MockCallArgs): Record<string, unknown> {
  if (token === "aws:index/getAvailabilityZones:getAvailabilityZones")
    return { names: ["a", "b", "c"], zoneIds: ["1", "2", "3"] };
  if (token === "aws:index/getCallerIdentity:getCallerIdentity")
    return { accountId: account, arn: `arn:aws:iam::${account}:user/plan` };
  return inputs as Record<string, unknown>;
}

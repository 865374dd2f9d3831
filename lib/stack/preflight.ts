import { compareVersions, parseVersion } from "../fleet/semver.ts";
import type { Cluster } from "../fleet/cluster.ts";
import type { EksProvider, ExistingProvider } from "../fleet/providers.ts";
import { type Problem, UserError } from "../fleet/user-error.ts";
import { contextKubeconfig, kubeconfigFiles } from "./kubeconfig.ts";
import { apiProblem } from "./kube-reach.ts";
import { kindRelease, kubernetesProblem } from "./kubernetes-versions.ts";
import type { Machine } from "./machine.ts";

/** What a cluster's stack needs of the machine before it runs. */
export interface PreflightRequest {
  readonly cluster: Pick<Cluster, "name" | "provider" | "versions">;
  readonly machine: Machine;
  /** Whoever runs it says that the machine is inside the network of a private endpoint. */
  readonly insideNetwork: boolean;
}

/**
 * What is missing on this machine to run a cluster's stack, and how to get it. Asks every question that it can
 * ask before it answers, so that one run tells all.
 */
export async function preflight({ cluster, machine, insideNetwork }: PreflightRequest): Promise<Problem[]> {
  const { provider, versions, name } = cluster;
  const problems: Problem[] = [];
  if (!machine.has("pulumi"))
    problems.push({
      message: "pulumi is missing",
      remedy:
        "install it: https://www.pulumi.com/docs/iac/download-install/ (or: npm install --global pulumi)",
    });
  const version = kubernetesProblem(provider.kind, versions.kubernetes, versions.file);
  if (version !== undefined) problems.push(version);
  switch (provider.kind) {
    case "kind":
      problems.push(...(await dockerProblems(machine)), ...(await kindProblems(machine)));
      break;
    case "kwok":
      if (!machine.has("kwokctl"))
        problems.push({
          message: "kwokctl is missing",
          remedy: "install it: https://kwok.sigs.k8s.io/docs/user/installation/",
        });
      if (machine.env["KWOK_RUNTIME"] !== "binary") problems.push(...(await dockerProblems(machine)));
      break;
    case "existing":
      problems.push(...(await existingProblems(provider, machine)));
      break;
    case "eks":
      problems.push(...(await eksProblems(name, provider, machine, insideNetwork)));
      break;
  }
  return problems;
}

async function dockerProblems(machine: Machine): Promise<Problem[]> {
  if (!machine.has("docker"))
    return [
      { message: "docker is missing", remedy: "install it: https://docs.docker.com/get-started/get-docker/" },
    ];
  const { code } = await machine.run("docker", ["version", "--format", "{{.Server.Version}}"]);
  return code === 0
    ? []
    : [
        {
          message: "docker does not answer",
          remedy: "start Docker, or let yourself use it: sudo usermod -aG docker $USER",
        },
      ];
}

async function kindProblems(machine: Machine): Promise<Problem[]> {
  if (!machine.has("kind"))
    return [
      {
        message: "kind is missing",
        remedy: "install it: https://kind.sigs.k8s.io/docs/user/quick-start/#installation",
      },
    ];
  const { stdout } = await machine.run("kind", ["version"]);
  const found = /v(\d+\.\d+\.\d+)/.exec(stdout)?.[1];
  if (found === undefined || compareVersions(parseVersion(found)!, parseVersion(kindRelease)!) >= 0)
    return [];
  return [
    {
      message: `kind is ${found}, and the node images are those of ${kindRelease}`,
      remedy: "update it: https://kind.sigs.k8s.io/docs/user/quick-start/#installation",
    },
  ];
}

async function existingProblems(provider: ExistingProvider, machine: Machine): Promise<Problem[]> {
  try {
    const kubeconfig = contextKubeconfig(provider.context, kubeconfigFiles(provider.kubeconfig, machine.env));
    const problem = await apiProblem(kubeconfig, provider.context);
    return problem === undefined ? [] : [problem];
  } catch (error) {
    if (error instanceof UserError) return [...error.problems];
    throw error;
  }
}

async function eksProblems(
  name: string,
  provider: EksProvider,
  machine: Machine,
  insideNetwork: boolean,
): Promise<Problem[]> {
  if (!machine.has("aws"))
    return [
      {
        message: "aws is missing, with which the kubeconfig of EKS gets its tokens",
        remedy: "install it: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html",
      },
    ];
  const caller = await machine.run("aws", ["sts", "get-caller-identity", "--output", "json"]);
  if (caller.code !== 0)
    return [
      {
        message: /expired/i.test(caller.stderr)
          ? "the AWS credentials have expired"
          : "there are no AWS credentials that AWS accepts",
        remedy: "log in: aws sso login, or set AWS_PROFILE",
      },
    ];
  if (provider.publicAccess !== undefined && provider.publicAccess.length > 0) return [];
  const described = await machine.run("aws", [
    ...["eks", "describe-cluster", "--region", provider.region, "--name", name],
    ...["--query", "cluster.endpoint", "--output", "text"],
  ]);
  if (described.code === 0) {
    const host = new URL(described.stdout.trim()).hostname;
    if (await machine.reaches(host, 443)) return [];
  } else if (insideNetwork) return [];
  return [
    {
      where: `cluster ${name}`,
      message:
        "its API endpoint is private, and this machine cannot be shown to reach it: Flux could not be installed",
      remedy:
        'run this inside the VPC\'s network and say so (pulumi config set insideNetwork true), or say who may reach it: eks({ publicAccess: ["203.0.113.7/32"] })',
    },
  ];
}

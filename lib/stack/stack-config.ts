import type { Cluster } from "../fleet/cluster.ts";
import { suggestion } from "../fleet/suggestion.ts";
import type { Problem } from "../fleet/user-error.ts";

/** One key of a stack's configuration, `pulumi config set [--secret] KEY VALUE`. */
export interface SettingDeclaration {
  readonly secret?: boolean;
  readonly description: string;
}

/** All that a stack's configuration may hold beside what `cluster.ts` says: credentials, and how to attach. */
export const settings = {
  gitUsername: { description: "user of the git token; `git` where it is not given" },
  gitToken: { secret: true, description: "token or password with which Flux reads the repository" },
  gitSsh: {
    description: "`true`: make an SSH key for the cluster; its public half is the output `gitPublicKey`",
  },
  gitKnownHosts: {
    description: "host keys of the git server, as `ssh-keyscan` prints them; wanted with `gitSsh`",
  },
  githubAppId: { description: "id of the GitHub App with which Flux reads the repository" },
  githubAppInstallationId: { description: "id of the App's installation" },
  githubAppPrivateKey: { secret: true, description: "the App's private key, PEM" },
  registryUsername: { description: "user of the registry of the releases" },
  registryPassword: { secret: true, description: "its password or token" },
  releaseKeys: { description: "public keys, PEM, one of which signed each release" },
  releaseRoot: {
    description: "the `trusted_root.json` of the Fulcio and Rekor that releases are signed with",
  },
  sopsAgeKey: { secret: true, description: "age private key that opens the SOPS files of the cluster" },
  flux: {
    description:
      "`operator`, `chart` or `none`: how Flux is installed; `none` where it is there. By the cluster's definition where it is not given",
  },
  attachTo: { description: "the cluster whose folder another cluster is synced to (`sluice attach`)" },
  context: { description: "the kubeconfig context to attach to, instead of the definition's provider" },
  kubeconfig: { description: "path of the kubeconfig that has the context; KUBECONFIG, then ~/.kube/config" },
  insideNetwork: {
    description: "`true`: the machine that runs the stack is inside the network of a private API endpoint",
  },
  confirmDestroy: { description: "the name of a protected cluster, once it may be destroyed" },
  teardownTimeout: { description: "seconds that the ordered teardown may take before a destroy; 3600" },
} as const satisfies Readonly<Record<string, SettingDeclaration>>;

export type SettingName = keyof typeof settings;

/** The environment variable that gives a setting to a run of sluice: `gitToken` → `SLUICE_GIT_TOKEN`. */
export const settingVariable = (name: string): string =>
  `SLUICE_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;

/** The settings that the environment gives. */
export function settingsFrom(
  env: Readonly<Record<string, string | undefined>>,
): Partial<Record<SettingName, string>> {
  const given: Partial<Record<SettingName, string>> = {};
  for (const name of Object.keys(settings) as SettingName[]) {
    const value = env[settingVariable(name)];
    if (value !== undefined && value !== "") given[name] = value;
  }
  return given;
}

/** How Flux comes into a cluster. */
export type FluxInstall = "operator" | "chart" | "components" | "none";

/** How Flux is installed: as the stack's configuration says, else by who owns the sync. */
export function fluxInstall(cluster: Pick<Cluster, "flux">, configured: string | undefined): FluxInstall {
  if (configured !== undefined) return configured as FluxInstall;
  return ({ operator: "operator", sync: "chart", bootstrap: "components" } as const)[cluster.flux];
}

/** Whether a setting has a value. */
export type HasSetting = (name: SettingName) => boolean;

type Needs = Pick<Cluster, "name" | "fleet" | "bundles" | "decryption" | "flux">;

/** Where a message about the configuration of a stack points. */
export const configFile = (stack: string): string => `Pulumi.${stack}.yaml`;

/**
 * What a stack's configuration lacks for its cluster. Every Secret that the manifests name has to be made by
 * someone: by the stack from its configuration, or by whoever made a cluster that has Flux already.
 */
export function missingSettings(
  cluster: Needs,
  has: HasSetting,
  install: FluxInstall,
  stack: string,
): Problem[] {
  const problems: Problem[] = [];
  const where = configFile(stack);
  const set = (name: SettingName, value: string) =>
    `pulumi config set ${"secret" in settings[name] ? "--secret " : ""}${name} ${value} --stack ${stack}`;
  const lacks = (message: string, remedy: string) => problems.push({ where, message, remedy });
  const { repository, artifacts } = cluster.fleet;
  // Whoever installed Flux there has given it what it needs, or the stack is told and gives it.
  const theirs = install === "none" || cluster.flux === "bootstrap";

  const ways = (["gitToken", "gitSsh", "githubAppId"] as const).filter(has);
  if (ways.length > 1)
    lacks(
      `${ways.join(" and ")} are given: Flux reads the repository in one way`,
      "pulumi config rm all but one",
    );
  if (has("gitSsh") && !has("gitKnownHosts"))
    lacks(
      "'gitKnownHosts' is missing, without which anyone could pretend to be the git server",
      set("gitKnownHosts", '"$(ssh-keyscan HOST)"') +
        ", after comparing the keys with those that the host publishes",
    );
  if (has("githubAppId"))
    for (const name of ["githubAppInstallationId", "githubAppPrivateKey"] as const)
      if (!has(name)) lacks(`'${name}' is missing`, set(name, "…"));
  if (repository.secret !== undefined && ways.length === 0 && !theirs)
    lacks(
      `no credentials for ${repository.url}, which Flux reads with the Secret '${repository.secret}'`,
      `${set("gitToken", "TOKEN")} (or gitSsh, or githubAppId)`,
    );
  const released = cluster.bundles.some(({ track }) => !("branch" in track));
  if (artifacts.secret !== undefined && released && !theirs)
    for (const name of ["registryUsername", "registryPassword"] as const)
      if (!has(name))
        lacks(
          `'${name}' is missing: ${artifacts.url} is read with the Secret '${artifacts.secret}'`,
          set(name, "…"),
        );
  for (const [name, secret, file] of [
    ["releaseKeys", artifacts.verify?.secret, "cosign.pub"],
    ["releaseRoot", artifacts.verify?.trustedRoot, "trusted_root.json"],
  ] as const)
    if (secret !== undefined && released && !theirs && !has(name))
      lacks(
        `'${name}' is missing: releases are verified with the Secret '${secret}'`,
        set(name, `"$(cat ${file})"`),
      );
  if (cluster.decryption !== undefined && !theirs && !has("sopsAgeKey"))
    lacks(
      `'sopsAgeKey' is missing: SOPS files are opened with the Secret '${cluster.decryption.secret}'`,
      set("sopsAgeKey", '"$(cat age.agekey)"'),
    );
  return problems;
}

/** Settings whose values are none that they may have, and keys that are no settings. */
export function settingProblems(given: Readonly<Record<string, string>>, stack: string): Problem[] {
  const problems: Problem[] = [];
  const where = configFile(stack);
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(settings, name))
      problems.push({
        where,
        message: `'${name}' is no setting of a cluster's stack${suggestion(name, Object.keys(settings))}`,
        remedy: `pulumi config rm ${name} --stack ${stack}`,
      });
    else if (name === "flux" && !["operator", "chart", "none"].includes(value))
      problems.push({ where, message: `flux: '${value}' is none of operator, chart and none` });
    else if (["gitSsh", "insideNetwork"].includes(name) && value !== "true" && value !== "false")
      problems.push({ where, message: `${name}: '${value}' is neither true nor false` });
    else if (name === "teardownTimeout" && !/^[1-9]\d*$/.test(value))
      problems.push({ where, message: `teardownTimeout: '${value}' is no number of seconds` });
  }
  return problems;
}

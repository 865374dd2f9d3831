import { local } from "@pulumi/command";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../../lib/fleet/cluster.ts";
import { releaseKeyFiles } from "../../lib/stack/release-keys.ts";
import type { StackSettings } from "../stack-settings.ts";

/** Where the Secrets go, and what they are made from. */
export interface CredentialsArgs {
  readonly cluster: Pick<Cluster, "name" | "fleet" | "bundles" | "decryption">;
  readonly settings: StackSettings;
  readonly namespace: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** Leave the Secrets when the stack is destroyed: the cluster goes with them. */
  readonly keep: boolean;
}

/**
 * The Secrets that the manifests name: each is made if the stack's configuration has what goes into it, else
 * it is someone else's. Nothing of them is ever in git or shown.
 */
export class Credentials extends pulumi.ComponentResource {
  /** The public half of the key made for the cluster, to be registered at the git server. */
  readonly gitPublicKey: pulumi.Output<string> | undefined;
  readonly secrets: readonly kubernetes.core.v1.Secret[];

  constructor(name: string, args: CredentialsArgs, options: pulumi.ComponentResourceOptions) {
    super("sluice:flux:Credentials", name, {}, options);
    const { cluster, settings, namespace, annotations, keep } = args;
    const { repository, artifacts } = cluster.fleet;
    const secrets: kubernetes.core.v1.Secret[] = [];
    const make = (
      secret: string | undefined,
      stringData: Record<string, pulumi.Input<string>> | undefined,
      type = "Opaque",
    ) => {
      if (secret === undefined || stringData === undefined) return;
      secrets.push(
        new kubernetes.core.v1.Secret(
          `${name}-${secret}`,
          { metadata: { name: secret, namespace, annotations }, type, stringData },
          {
            parent: this,
            additionalSecretOutputs: ["data", "stringData"],
            retainOnDelete: keep,
          },
        ),
      );
    };
    const ssh = settings.text("gitSsh") === "true" ? this.#sshKey(name, cluster.name) : undefined;
    this.gitPublicKey = ssh?.publicKey;
    make(repository.secret, gitData(settings, ssh));
    make(artifacts.secret, registryData(artifacts.url, settings), "kubernetes.io/dockerconfigjson");
    const keys = settings.text("releaseKeys");
    make(artifacts.verify?.secret, keys === undefined ? undefined : releaseKeyFiles(keys));
    const root = settings.text("releaseRoot");
    make(artifacts.verify?.trustedRoot, root === undefined ? undefined : { "trusted_root.json": root });
    const age = settings.secret("sopsAgeKey");
    make(cluster.decryption?.secret, age === undefined ? undefined : { "age.agekey": age });
    this.secrets = secrets;
    this.registerOutputs({});
  }

  /** A key made once, by the tool that comes with git, and kept in the stack's state as a secret. */
  #sshKey(name: string, cluster: string) {
    const command = new local.Command(
      `${name}-ssh-key`,
      {
        create: [
          "set -eu",
          "folder=$(mktemp -d); trap 'rm -rf \"$folder\"' EXIT",
          'ssh-keygen -q -t ed25519 -N "" -C "flux@$NAME" -f "$folder/identity"',
          'cat "$folder/identity" "$folder/identity.pub"',
        ].join("\n"),
        update: 'printf %s "$PULUMI_COMMAND_STDOUT"',
        environment: { NAME: cluster },
        // Standard output is the private key: it must not be shown.
        logging: "none",
      },
      { parent: this, additionalSecretOutputs: ["stdout"] },
    );
    const parts = pulumi.secret(command.stdout).apply(splitKey);
    return {
      privateKey: parts.apply(({ privateKey }) => privateKey),
      publicKey: pulumi.unsecret(parts.apply(({ publicKey }) => publicKey)),
    };
  }
}

/** A private key and, in the last line, its public half. */
function splitKey(text: string): { privateKey: string; publicKey: string } {
  const lines = text.trimEnd().split("\n");
  return { privateKey: `${lines.slice(0, -1).join("\n")}\n`, publicKey: lines.at(-1)! };
}

function gitData(
  settings: StackSettings,
  ssh: { privateKey: pulumi.Output<string>; publicKey: pulumi.Output<string> } | undefined,
): Record<string, pulumi.Input<string>> | undefined {
  const token = settings.secret("gitToken");
  if (token !== undefined) return { username: settings.text("gitUsername") ?? "git", password: token };
  if (ssh !== undefined)
    return {
      identity: ssh.privateKey,
      "identity.pub": ssh.publicKey,
      known_hosts: settings.text("gitKnownHosts") ?? "",
    };
  const privateKey = settings.secret("githubAppPrivateKey");
  return privateKey === undefined
    ? undefined
    : {
        githubAppID: settings.text("githubAppId") ?? "",
        githubAppInstallationID: settings.text("githubAppInstallationId") ?? "",
        githubAppPrivateKey: privateKey,
      };
}

function registryData(
  url: string,
  settings: StackSettings,
): Record<string, pulumi.Input<string>> | undefined {
  const username = settings.text("registryUsername");
  const password = settings.secret("registryPassword");
  if (username === undefined || password === undefined) return undefined;
  const host = url.replace(/^oci:\/\//, "").split("/")[0]!;
  return {
    ".dockerconfigjson": password.apply((secret) =>
      JSON.stringify({
        auths: {
          [host]: {
            username,
            password: secret,
            auth: Buffer.from(`${username}:${secret}`).toString("base64"),
          },
        },
      }),
    ),
  };
}

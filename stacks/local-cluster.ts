import { local } from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";

/** A cluster that a command makes on the machine that runs the stack. */
export interface LocalClusterArgs {
  /** The tool: `kind` or `kwokctl`. */
  readonly tool: string;
  /** How to get the tool. */
  readonly install: string;
  readonly name: string;
  /** Differs for each configuration: with another one the cluster is replaced. */
  readonly fingerprint: string;
  /** Shell commands; `$NAME` and `environment` are set, and `stdin` is on standard input of `create` alone. */
  readonly exists: string;
  readonly create: string;
  readonly delete: string;
  /** Prints the kubeconfig. */
  readonly kubeconfig: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

/**
 * The command that makes a local cluster; its standard output is the kubeconfig.
 *
 * A run that is interrupted leaves a cluster that no state knows of. A mark on the machine says how far the
 * stack had come: what it had begun is made again, what it had finished is taken, and a cluster of that name
 * that the stack did not begin is never touched.
 */
export function localCluster(
  resource: string,
  args: LocalClusterArgs,
  options: pulumi.CustomResourceOptions,
): local.Command {
  const { tool, install, name, fingerprint } = args;
  const mark = `mark="\${XDG_STATE_HOME:-$HOME/.local/state}/sluice/$TOOL/$NAME"`;
  const command = new local.Command(
    resource,
    {
      create: [
        "set -eu",
        mark,
        `command -v "$TOOL" >/dev/null || { echo "$TOOL is missing: ${install}" >&2; exit 1; }`,
        `if ${args.exists}; then`,
        `  case "$(cat "$mark" 2>/dev/null || true)" in`,
        `    "made $FINGERPRINT") ${args.kubeconfig}; exit;;`,
        `    "begun "*) echo "making '$NAME' again, which an interrupted run had begun" >&2; ${args.delete} >&2;;`,
        `    *) echo "there is a $TOOL cluster '$NAME' that this stack did not make" >&2`,
        `       echo "if nobody needs it: ${args.delete.replaceAll('"$NAME"', name)}" >&2; exit 1;;`,
        "  esac",
        "fi",
        `mkdir -p "$(dirname "$mark")"; echo "begun $FINGERPRINT" > "$mark"`,
        args.create,
        `echo "made $FINGERPRINT" > "$mark"`,
        args.kubeconfig,
      ].join("\n"),
      // Without it a change of the environment would run `create` again.
      update: args.kubeconfig,
      delete: ["set -eu", mark, `${args.delete} >&2`, 'rm -f "$mark"'].join("\n"),
      environment: { ...args.environment, TOOL: tool, NAME: name, FINGERPRINT: fingerprint },
      ...(args.stdin === undefined ? {} : { stdin: args.stdin }),
      triggers: [fingerprint],
      // Standard output is the kubeconfig: it must not be shown.
      logging: "stderr",
      addPreviousOutputInEnv: false,
    },
    {
      ...options,
      additionalSecretOutputs: ["stdout"],
      // Both would have one name.
      deleteBeforeReplace: true,
      customTimeouts: { create: "15m", delete: "5m" },
    },
  );
  return command;
}

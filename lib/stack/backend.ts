import { join } from "node:path";
import type { Provider } from "../fleet/providers.ts";
import type { Problem } from "../fleet/user-error.ts";
import type { Machine } from "./machine.ts";

/** Where a stack's state is. */
export type Backend =
  /** Where the user or the project has said. */
  | { readonly kind: "configured"; readonly url: string }
  /** In files of this machine's user, as nobody has said. */
  | { readonly kind: "local"; readonly url: string; readonly passphraseFile: string };

/** Providers whose clusters cost money and live on when this machine does not. */
const paid = (provider: Provider) => provider.kind === "eks";

/**
 * Chooses where a stack's state goes. A cluster on this machine may have its state on it; one that costs money
 * may not: a laptop that is lost must not take the only record of it along.
 * @param project what Pulumi.yaml names
 */
export function chooseBackend(
  provider: Provider,
  project: string | undefined,
  machine: Pick<Machine, "env" | "home" | "read">,
): Backend | { readonly problem: Problem } {
  const url = machine.env["PULUMI_BACKEND_URL"] ?? project ?? loggedIn(machine);
  if (paid(provider) && (url === undefined || url.startsWith("file:")))
    return {
      problem: {
        message: `the state of a cluster on ${provider.kind} would be on this machine alone${url === undefined ? "" : ` (${url})`}`,
        remedy: "use a backend that others reach, too: pulumi login s3://BUCKET, or pulumi login",
      },
    };
  if (url !== undefined) return { kind: "configured", url };
  return {
    kind: "local",
    url: "file://~",
    passphraseFile: join(machine.home, ".pulumi", "sluice-passphrase"),
  };
}

/** The backend of `pulumi login`, as its credentials file has it. */
function loggedIn({ env, home, read }: Pick<Machine, "env" | "home" | "read">): string | undefined {
  const folder = env["PULUMI_CREDENTIALS_PATH"] ?? env["PULUMI_HOME"] ?? join(home, ".pulumi");
  try {
    const { current } = JSON.parse(read(join(folder, "credentials.json")) ?? "{}") as { current?: string };
    return current === "" ? undefined : current;
  } catch {
    return undefined;
  }
}

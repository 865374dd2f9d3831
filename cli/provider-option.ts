import { eks, existing, kind, kwok, type Provider } from "../lib/fleet/providers.ts";
import { UserError } from "../lib/fleet/user-error.ts";

/**
 * A `--provider` option.
 * @throws UserError if it is none
 */
export function parseProvider(text: string): Provider {
  const [name, detail = ""] = text.split(/:(.*)/s);
  if (name === "kind" && detail === "") return kind();
  if (name === "kwok" && detail === "") return kwok();
  if (name === "existing" && detail !== "") return existing({ context: detail });
  if (name === "eks" && detail !== "") return eks({ region: detail });
  throw new UserError(
    { where: "--provider", message: `'${text}' is none of kind, kwok, eks:REGION and existing:CONTEXT` },
    2,
  );
}

import { UserError } from "../fleet/user-error.ts";

/** A repository of a registry. */
export interface RepositoryReference {
  /** `host[:port]`. */
  readonly host: string;
  /** Path below the registry, such as `fleet/platform`. */
  readonly name: string;
}

/**
 * Reads `oci://host[:port]/path`.
 * @throws UserError if it is something else
 */
export function parseRepository(url: string): RepositoryReference {
  const match =
    /^oci:\/\/([A-Za-z0-9.-]+(?::\d+)?|\[[0-9a-f:]+\](?::\d+)?)\/([a-z0-9]+(?:[._/-]+[a-z0-9]+)*)\/?$/.exec(
      url,
    );
  if (match === null)
    throw new UserError({
      where: url,
      message: "is no repository of an OCI registry",
      remedy: "write oci://registry.example.com/fleet, in lower case and without a tag",
    });
  return { host: match[1]!, name: match[2]! };
}

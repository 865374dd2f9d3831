import type { Credentials } from "./credentials.ts";

/** How a registry wants to be asked: the header `WWW-Authenticate` of its 401. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Reads a `WWW-Authenticate` header, or undefined if it is empty. */
export function parseChallenge(header: string): Challenge | undefined {
  const scheme = /^\s*([\w-]+)/.exec(header)?.[1]?.toLowerCase();
  if (scheme === undefined) return undefined;
  const parameters: Record<string, string> = {};
  for (const [, key, quoted, plain] of header.matchAll(/([\w-]+)=(?:"([^"]*)"|([^\s,]+))/g))
    parameters[key!.toLowerCase()] = quoted ?? plain!;
  return { scheme, parameters };
}

/** The header of HTTP's basic authentication. */
export function basic({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

/**
 * Buys an access token to push into a repository: https://distribution.github.io/distribution/spec/auth/token/
 * @returns undefined if the token server gives none, or none can be reached
 */
export async function accessToken(
  { parameters }: Challenge,
  repository: string,
  credentials: Credentials | undefined,
): Promise<string | undefined> {
  const realm = parameters["realm"];
  if (realm === undefined || !URL.canParse(realm)) return undefined;
  const service = parameters["service"] ?? "";
  const scope = `repository:${repository}:pull,push`;
  const answer = await (
    credentials !== undefined && "identityToken" in credentials
      ? fetch(realm, {
          method: "POST",
          body: new URLSearchParams({
            grant_type: "refresh_token",
            refresh_token: credentials.identityToken,
            client_id: "sluice",
            service,
            scope,
          }),
        })
      : fetch(
          `${realm}${realm.includes("?") ? "&" : "?"}${new URLSearchParams({ service, scope }).toString()}`,
          {
            headers: credentials === undefined ? {} : { authorization: basic(credentials) },
          },
        )
  ).catch(() => undefined);
  if (answer?.ok !== true) return undefined;
  const { token, access_token } = (await answer.json()) as { token?: string; access_token?: string };
  return token ?? access_token;
}

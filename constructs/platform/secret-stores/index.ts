// Where ExternalSecrets get their secrets from.
export type * from "./providers.ts";
export * from "./secret-stores.ts";

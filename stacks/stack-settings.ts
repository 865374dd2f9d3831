import * as pulumi from "@pulumi/pulumi";
import { type SettingName, settings } from "../lib/stack/stack-config.ts";

/** The stack's configuration. */
export interface StackSettings {
  readonly has: (name: SettingName) => boolean;
  /** A setting that is no secret. */
  readonly text: (name: SettingName) => string | undefined;
  /** One that is: its value never leaves an output. */
  readonly secret: (name: SettingName) => pulumi.Output<string> | undefined;
  /** All that is given, secret ones without their values, to be checked. */
  readonly given: () => Readonly<Record<string, string>>;
}

/** Reads the configuration of the stack that runs, `pulumi config` of the project. */
export function stackSettings(): StackSettings {
  const config = new pulumi.Config();
  const prefix = `${config.name}:`;
  const isSecret = (name: SettingName) => "secret" in settings[name];
  return {
    has: (name) => (isSecret(name) ? config.getSecret(name) : config.get(name)) !== undefined,
    text: (name) => {
      const value = config.get(name);
      // A boolean that is off is a setting that is not given.
      return value === "" ? undefined : value;
    },
    secret: (name) => config.getSecret(name),
    given: () =>
      Object.fromEntries(
        Object.entries(pulumi.runtime.allConfig())
          .filter(([key]) => key.startsWith(prefix))
          .map(([key, value]) => {
            const name = key.slice(prefix.length);
            return [name, Object.hasOwn(settings, name) && isSecret(name as SettingName) ? "" : value];
          }),
      ),
  };
}

import { runtime } from "@pulumi/pulumi";
import { type PlannedResource, secretInput } from "./planned-resource.ts";

/** How Pulumi marks a secret in what it sends: `pkg/resource/sig` of the engine. */
const signature = "4dabf18193072939515e22adb298388d";

/** A request to register a resource, as far as a plan tells of it. */
interface RegisterRequest {
  getType(): string;
  getName(): string;
  getCustom(): boolean;
  getParent(): string;
  getProtect(): boolean;
  getRetainondelete(): boolean;
  getProvider(): string;
  getDependenciesList(): string[];
  getAdditionalsecretoutputsList(): string[];
  getIgnorechangesList(): string[];
  getObject(): { toJavaScript(): Record<string, unknown> } | undefined;
}
type Registered = (error: unknown, response: { getUrn(): string } | undefined) => void;
interface Monitor {
  registerResource(request: RegisterRequest, done: Registered): Promise<void>;
}

/**
 * Makes the mocked monitor remember each registration in full: what a mock is told leaves out the parent, the
 * options and which inputs are secret.
 * @returns the list that fills as the program runs
 */
export function recordResources(): PlannedResource[] {
  const resources: PlannedResource[] = [];
  const monitor = runtime.getMonitor() as unknown as Monitor;
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, done) =>
    register(request, (error, response) => {
      if (response !== undefined) resources.push(planned(request, response.getUrn()));
      done(error, response);
    });
  return resources;
}

function planned(request: RegisterRequest, urn: string): PlannedResource {
  const secrets: string[] = [...request.getAdditionalsecretoutputsList()];
  const inputs = withoutSecrets(request.getObject()?.toJavaScript() ?? {}, "", secrets) as Record<
    string,
    unknown
  >;
  const [providerUrn = ""] = request.getProvider().split(/::(?=[^:]*$)/);
  const provider = providerUrn === "" ? undefined : providerUrn.split("::").slice(-2).join(" ");
  return {
    urn,
    type: request.getType(),
    name: request.getName(),
    component: !request.getCustom(),
    parent: request.getParent() || undefined,
    protect: request.getProtect(),
    retainOnDelete: request.getRetainondelete(),
    provider,
    dependencies: request.getDependenciesList(),
    inputs,
    secrets,
    ignoreChanges: request.getIgnorechangesList(),
  };
}

function withoutSecrets(value: unknown, path: string, secrets: string[]): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value))
    return value.map((item, index) => withoutSecrets(item, `${path}[${index}]`, secrets));
  if (signature in value) {
    if ("urn" in value) return String(value.urn);
    secrets.push(path);
    return secretInput;
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      withoutSecrets(item, path === "" ? key : `${path}.${key}`, secrets),
    ]),
  );
}

/** A definition that must not compile, and the words of the message that a person should find. */
export interface Mistake {
  readonly what: string;
  /** What the definition returns: TypeScript text. */
  readonly cluster?: string;
  /** A whole file instead of a cluster. */
  readonly file?: string;
  readonly says: readonly string[];
}

const cluster = (variables: string, more = "") =>
  `{ type: development, provider: kind(), platform: { variables: ${variables} }${more} }`;
const good = `{ domain: "a.example.com" }`;

/** What compiles: the mistakes below differ from it by one thing each. */
export const compiles: readonly string[] = [
  cluster(good),
  cluster(`{ domain: "a.example.com", log_level: "debug", replicas: 3, verbose: true }`),
  cluster(good, `, bundles: { shop: { variables: { currency: "EUR" } } }`),
  `{ type: development, provider: eks({ region: "eu-west-2" }), platform: { variables: ${good}, options: ["kafka"], patches: { services: [{ patch: { a: 1 } }] } }, flux: "sync", decryption: { secret: "sops" } }`,
];

export const mistakes: readonly Mistake[] = [
  {
    what: "omits a variable without default",
    cluster: cluster("{}"),
    says: ["Property 'domain' is missing"],
  },
  { what: "misspells a variable", cluster: cluster(`{ domian: "a" }`), says: ["domian"] },
  {
    what: "misspells an optional variable",
    cluster: cluster(`{ domain: "a", log_levl: "debug" }`),
    says: ['"log_levl"', "not a variable of the platform"],
  },
  {
    what: "gives an unknown variable",
    cluster: cluster(`{ domain: "a", colour: "blue" }`),
    says: ['"colour"', "not a variable of the platform"],
  },
  {
    what: "gives text for a number",
    cluster: cluster(`{ domain: "a", replicas: "3" }`),
    says: ["Type 'string' is not assignable to type 'number'"],
  },
  {
    what: "gives a number for text",
    cluster: cluster(`{ domain: 3 }`),
    says: ["Type 'number' is not assignable to type 'string'"],
  },
  {
    what: "gives text for a boolean",
    cluster: cluster(`{ domain: "a", verbose: "true" }`),
    says: ["Type 'string' is not assignable to type 'boolean | undefined'"],
  },
  {
    what: "gives what the stack gives",
    cluster: cluster(`{ domain: "a", vpc: "vpc-1" }`),
    says: ['"vpc"', "not a variable of the platform"],
  },
  {
    what: "has an unknown key",
    cluster: cluster(good, ", naem: 1"),
    says: ['"naem"', "not part of a cluster"],
  },
  {
    what: "says something unknown about the platform",
    cluster: `{ type: development, provider: kind(), platform: { variables: ${good}, option: ["kafka"] } }`,
    says: ['"option"', "not part of what a cluster says about a bundle"],
  },
  {
    what: "opts into an unknown option",
    cluster: `{ type: development, provider: kind(), platform: { variables: ${good}, options: ["kafak"] } }`,
    says: [`'"kafak"'`, `"kafka"`],
  },
  {
    what: "has no type",
    cluster: `{ provider: kind(), platform: { variables: ${good} } }`,
    says: ["Property 'type' is missing"],
  },
  {
    what: "has no provider",
    cluster: `{ type: development, platform: { variables: ${good} } }`,
    says: ["Property 'provider' is missing"],
  },
  {
    what: "has no platform",
    cluster: `{ type: development, provider: kind() }`,
    says: ["Property 'platform' is missing"],
  },
  {
    what: "is on EKS in no region",
    cluster: `{ type: development, provider: eks({}), platform: { variables: ${good} } }`,
    says: ["Property 'region' is missing"],
  },
  {
    what: "has an unknown owner of the sync",
    cluster: cluster(good, `, flux: "argo"`),
    says: [`'"argo"' is not assignable`],
  },
  {
    what: "has a bundle that the fleet has not",
    cluster: cluster(good, `, bundles: { shpo: { variables: {} } }`),
    says: ["'shpo' does not exist in type", "shop?"],
  },
  {
    what: "misspells a variable of another bundle",
    cluster: cluster(good, `, bundles: { shop: { variables: { currency: "EUR", curency: "USD" } } }`),
    says: ['"curency"', "not a variable of the bundle"],
  },
  {
    what: "omits a variable of another bundle",
    cluster: cluster(good, `, bundles: { shop: { variables: {} } }`),
    says: ["Property 'currency' is missing"],
  },
  {
    what: "in a table misspells a variable",
    file: `defineClusters([{ name: "a", zone: "z" }], ({ row }) => (${cluster(`{ domain: row.zone, log_levl: "debug" }`)}));`,
    says: ['"log_levl"', "not a variable of the platform"],
  },
  {
    what: "in a table reads a column that is not there",
    file: `defineClusters([{ name: "a", zone: "z" }], ({ row }) => (${cluster(`{ domain: row.zoen }`)}));`,
    says: ["Property 'zoen' does not exist on type '{ name: string; zone: string; }'"],
  },
  {
    what: "in a table has rows without a name",
    file: `defineClusters([{ zone: "z" }], () => (${cluster(good)}));`,
    says: ["'zone' does not exist in type '{ readonly name: string; }'"],
  },
  { what: "of a bundle declares an unknown giver", file: `text({ from: "cloud" });`, says: ["cloud"] },
  {
    what: "of a bundle declares a default of another type",
    file: `number({ default: "3" });`,
    says: ["Type 'string' is not assignable to type 'number'"],
  },
  {
    what: "of a bundle puts a number into text",
    file: `((p: Platform) => { const level: string = p.variables.replicas; return level; });`,
    says: ["is not assignable to type 'string'"],
  },
  {
    what: "of a bundle puts text into a number",
    file: `((p: Platform) => { const n: number = p.variables.domain; return n; });`,
    says: ["Type 'string' is not assignable to type 'number'"],
  },
  {
    what: "of a bundle names a variable that it does not declare",
    file: `((p: Platform) => p.variables.domian);`,
    says: ["Did you mean 'domain'?"],
  },
  {
    what: "of Flux misspells a field",
    file: `((s: Chart) => new Kustomization(s, "a", { path: "./a", sourceRef: { kind: "GitRepository", name: "a" }, postBuild: { substitue: {} } }));`,
    says: ["'substitue' does not exist", "substitute"],
  },
  {
    what: "of Flux omits a field",
    file: `((s: Chart) => new GitRepository(s, "a", { interval: "1m" }));`,
    says: [`Property '"url"' is missing`],
  },
  {
    what: "of Flux waits for an object of another kind",
    file: `((s: Chart, g: GitRepository) => new HelmRelease(s, "a", { dependsOn: [g] }));`,
    says: ["is not assignable to type"],
  },
  {
    what: "of a track follows two things",
    file: `const track: Track = { branch: "main", colour: "blue" }; export { track };`,
    says: ["'colour' does not exist in type 'Track'"],
  },
];

/** What every file of this test begins with: a platform, another bundle, and a fleet of them. */
export const preamble = `
import { Chart } from "cdk8s";
import type { Construct } from "constructs";
import { Bundle } from "../../constructs/bundle/index.ts";
import { GitRepository, HelmRelease, Kustomization } from "../../constructs/flux/index.ts";
import { boolean, defineEnvironmentType, defineFleet, defineVariables, eks, kind, number, text, type Track } from "../../lib/index.ts";

class Platform extends Bundle<typeof Platform.variables> {
  static readonly variables = defineVariables({
    domain: text({ unique: true }),
    log_level: text({ default: "info" }),
    replicas: number({ default: 1 }),
    verbose: boolean({ default: false }),
    vpc: text({ from: "stack" }),
  });
  static readonly options = ["kafka"] as const;
  constructor(scope: Construct, id: string) {
    super(scope, id, Platform.variables);
  }
}
class Shop extends Bundle<typeof Shop.variables> {
  static readonly variables = defineVariables({ currency: text() });
  static readonly options = [] as const;
  constructor(scope: Construct, id: string) {
    super(scope, id, Shop.variables);
  }
}
const development = defineEnvironmentType({
  name: "development", scaling: { nodes: { min: 1, max: 3 } }, availability: { zones: 1, replicas: 1 }, capacity: "spot", protected: false, alerting: "never",
});
export const { defineCluster, defineClusters } = defineFleet({
  name: "types", repository: { url: "https://git.example.com/fleet.git" }, artifacts: { url: "oci://registry.example.com/fleet" },
  platform: Platform, bundles: { shop: Shop }, types: { development },
});
export { boolean, Chart, development, eks, GitRepository, HelmRelease, kind, Kustomization, number, Platform, text, type Track };
`;

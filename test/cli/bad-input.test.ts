import { beforeAll, describe, expect, it } from "vitest";
import { clusterFile, type TestFleet, testFleet } from "../support/fleet.ts";

let fleet: TestFleet;
beforeAll(async () => {
  fleet = await testFleet();
});

/** Runs a command that must fail: with this exit code, these words, no stack, and nothing changed. */
async function refused(
  args: readonly string[],
  code: number,
  ...words: (string | RegExp)[]
): Promise<string> {
  const before = fleet.state();
  const ended = await fleet.sluice(...args);
  const text = ended.stderr + ended.stdout;
  for (const word of words) {
    if (typeof word === "string") expect(text).toContain(word);
    else expect(text).toMatch(word);
  }
  expect(text).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
  expect(ended.code).toBe(code);
  expect(fleet.state()).toBe(before);
  return text;
}

const create = (name: string, ...more: string[]) => [
  "sandbox",
  "create",
  name,
  "--from",
  "development",
  "--branch",
  "b",
  ...more,
];

describe("a sandbox that cannot be", () => {
  it("is told of an unknown source, with the near one", () =>
    refused(
      ["sandbox", "create", "s", "--from", "developmnt", "--branch", "b"],
      1,
      "--from: there is no cluster 'developmnt'; did you mean 'development'?",
    ));
  it("is told of a name that is no DNS label", () =>
    refused(create("Sand_Box"), 1, "'Sand_Box' is no DNS label"));
  it("is told of a name that is too long", () =>
    refused(create("s".repeat(41)), 1, "has 41 characters; a cluster's name has at most 40"));
  it("is told of a name that is taken", () =>
    refused(create("production"), 1, "there is a cluster 'production' already"));
  it("is told of a branch that exists", () =>
    refused(
      ["sandbox", "create", "s", "--from", "development", "--branch", "main"],
      1,
      "the branch 'main' exists",
      "choose another",
    ));
  it("is told of a branch that git refuses", () =>
    refused(
      ["sandbox", "create", "s", "--from", "development", "--branch", "a..b"],
      1,
      "--branch: 'a..b' is no name that git accepts",
    ));
  it("is told of a time that is none", () =>
    refused(
      create("s", "--expires", "soon"),
      1,
      "--expires: 'soon' is neither a duration such as 12h, 3d or 2w nor a date",
    ));
  it("is told of a time in the past", () =>
    refused(create("s", "--expires", "2020-01-01"), 1, "'2020-01-01' is in the past"));
  it("is told of a purpose that is none, as wrong usage", () =>
    refused(create("s", "--purpose", "fun"), 2, "Allowed choices are platform, performance, application"));
  it("is told of a provider that is none, as wrong usage", () =>
    refused(
      create("s", "--provider", "gke"),
      2,
      "'gke' is none of kind, kwok, eks:REGION and existing:CONTEXT",
    ));
  it("is told of a missing option, as wrong usage", () =>
    refused(["sandbox", "create", "s"], 2, "required option '--from <cluster>' not specified"));
  it("is told everything at once", async () => {
    const text = await refused(
      ["sandbox", "create", "S", "--from", "x", "--branch", "main", "--expires", "0d"],
      1,
      "--from",
      "name:",
      "--branch",
      "--expires",
      "4 problems in total",
    );
    expect(text.match(/✗/g)).toHaveLength(4);
  });

  it("is told of a dirty tree", async () => {
    fleet.write({ "clusters/development/versions.yaml": 'kubernetes: "1.35"\n', "notes.txt": "x" });
    await refused(
      create("s"),
      1,
      "uncommitted changes are in the way: clusters/development/versions.yaml, notes.txt",
      "git stash",
    );
    fleet.git("checkout", "--quiet", "--", ".");
    fleet.write({ "notes.txt": undefined });
  });

  it("is told of imports that a copy at another depth could not have", async () => {
    const nested = await testFleet({
      "clusters/eu/edge/cluster.ts": clusterFile(
        "{ type: development, provider: kind(), platform: { variables: { domain: `${name}.example.com` } } }",
      ).replace('"#fleet"', '"../../fleet.ts"'),
      "clusters/eu/edge/versions.yaml": 'kubernetes: "1.35"\n',
    });
    const { code, stderr } = await nested.sluice(
      "sandbox",
      "create",
      "s",
      "--from",
      "eu-edge",
      "--branch",
      "b",
    );
    expect(stderr).toContain(
      "clusters/eu/edge/cluster.ts:2: '../../fleet.ts' would lead elsewhere from clusters/s",
    );
    expect(code).toBe(1);
  });
});

describe("a definition that cannot be", () => {
  const versions = 'kubernetes: "1.35"\n';
  const spec = (variables: string, more = "") =>
    clusterFile(`{ type: development, provider: kind(), platform: { variables: ${variables} }${more} }`);
  const domain = "{ domain: `${name}.example.com` }";

  /** Adds a cluster `x`, synthesises, and expects these words; the manifests stay as they were. */
  async function synthRefuses(
    files: Readonly<Record<string, string>>,
    ...words: (string | RegExp)[]
  ): Promise<void> {
    fleet.write({ "clusters/x/versions.yaml": versions, "clusters/x/cluster.ts": spec(domain), ...files });
    try {
      await refused(["synth"], 1, ...words);
    } finally {
      fleet.git("checkout", "--quiet", "--", ".");
      fleet.git("clean", "--quiet", "--force", "-d");
    }
  }

  it.each([
    [
      "omits a variable",
      "{}",
      "clusters/x/cluster.ts: platform: variable 'domain' is missing",
      "variables: { domain: … } (text)",
    ],
    [
      "misspells a variable",
      '{ domian: "a", domain: "b.example.com" }',
      "'domian' is not a variable of the bundle; did you mean 'domain'?",
    ],
    [
      "misspells an optional one",
      '{ domain: "b.example.com", log_levl: "debug" }',
      "'log_levl' is not a variable of the bundle; did you mean 'log_level'?",
    ],
    [
      "gives the wrong type",
      '{ domain: "b.example.com", size: "3" }',
      `variable 'size' is "3", which is no number`,
    ],
    [
      "gives text that YAML would retype",
      '{ domain: "b.example.com", log_level: "no" }',
      "which YAML reads as a boolean",
    ],
    [
      "gives what the stack gives",
      '{ domain: "b.example.com", vpc: "vpc-1" }',
      "variable 'vpc' comes from the cluster's stack and cannot be given in git",
    ],
    [
      "takes another's unique value",
      '{ domain: "development.example.com" }',
      "clusters development and x",
      "both give",
      "which has to be unique",
    ],
  ])("is refused when it %s", (_, variables, ...words) =>
    synthRefuses({ "clusters/x/cluster.ts": spec(variables) }, ...words),
  );

  it.each([
    ["an unknown part", ", naem: 1", "'naem' is not part of a cluster"],
    ["an unknown option", undefined, "it has no option 'kafka'; there are none"],
  ])("is refused with %s", (_, more, word) =>
    synthRefuses(
      {
        "clusters/x/cluster.ts":
          more === undefined
            ? spec(domain)
                .replace("} } }", '}, options: ["kafka"] } }')
                .replace("}` } } }", "}` }, options: ['kafka'] } }")
            : spec(domain, more),
      },
      word,
    ),
  );

  it.each([
    [
      "a range that is none",
      "platform:\n  semver: 1.x.y.z\n",
      /versions\.yaml:3: '1\.x\.y\.z' is no range of versions/,
    ],
    [
      "a tag that is no version",
      "platform:\n  tag: latest\n",
      "clusters/x/versions.yaml:3: tag 'latest' is no version: a release is X.Y.Z",
    ],
    ["a digest that is none", "platform:\n  digest: sha256:12\n", "digest 'sha256:12' is not sha256:"],
    [
      "two tracks",
      "platform:\n  tag: 1.0.0\n  branch: main\n",
      "'platform' tracks one of branch, semver, tag, digest, not 2 of them",
    ],
    [
      "an unknown app",
      "apps:\n  wbe:\n    image: 1.0.0\n",
      "clusters/x/versions.yaml:3: 'wbe' is no app of x",
    ],
    [
      "an unknown key",
      "platfrom:\n  tag: 1.0.0\n",
      "clusters/x/versions.yaml:2: 'platfrom' is not part of versions.yaml; did you mean 'platform'?",
    ],
    ["a Kubernetes that is none", "", "'v1' is no version of Kubernetes"],
    ["broken YAML", "apps: [\n", /clusters\/x\/versions\.yaml:\d: broken YAML/],
    [
      "a duplicate key",
      'kubernetes: "1.36"\n',
      /clusters\/x\/versions\.yaml:2: broken YAML: Map keys must be unique/,
    ],
  ])("is refused with a versions.yaml that has %s", (what, text, word) =>
    synthRefuses(
      { "clusters/x/versions.yaml": what.startsWith("a Kubernetes") ? "kubernetes: v1\n" : versions + text },
      word,
    ),
  );

  it("is refused when it throws, at its own line", () =>
    synthRefuses(
      { "clusters/x/cluster.ts": `${spec(domain)}throw new TypeError("no such thing");\n` },
      "clusters/x/cluster.ts:6: TypeError: no such thing",
    ));
  it("is refused when it does not parse, naming the file", () =>
    synthRefuses({ "clusters/x/cluster.ts": "export default defineCluster((" }, "clusters/x/cluster.ts"));
  it("is refused when an app throws, at the app's line", () =>
    synthRefuses(
      { "clusters/x/cluster.ts": spec(domain, ', apps: (apps) => {\n  throw new Error("out of paint");\n}') },
      "clusters/x/cluster.ts:6: out of paint",
    ));
  it("is refused when apps wait for one another", () =>
    synthRefuses(
      {
        "clusters/x/cluster.ts": spec(
          domain,
          ', apps: (apps) => { new Web(apps, "a", { dependsOn: ["b"] }); new Web(apps, "b", { dependsOn: ["a"] }); }',
        ),
      },
      "apps wait for one another: a → b → a",
      "clusters/x/cluster.ts:5",
    ));
  it("is refused when an app waits for none of the cluster's", () =>
    synthRefuses(
      {
        "clusters/x/cluster.ts": spec(
          domain,
          ', apps: (apps) => { new Web(apps, "web", { dependsOn: ["webb"] }); }',
        ),
      },
      "app 'web' waits for 'webb', which is no app of this cluster; did you mean 'web'?",
    ));
  it("is refused when two objects have one identity", () =>
    synthRefuses(
      {
        "clusters/x/cluster.ts": spec(
          domain,
          ', apps: (apps) => { new Web(apps, "a", { name: "same" }); new Web(apps, "b", { name: "same" }); }',
        ),
      },
      "ConfigMap apps/same is made twice",
    ));
  it("is refused with a patch for an unknown layer", () =>
    synthRefuses(
      {
        "clusters/x/cluster.ts": spec(domain).replace(
          "example.com` } }",
          "example.com` }, patches: { servces: [{ patch: {} }] } }",
        ),
      },
      "x tracks branch main of the platform: it has no layer 'servces' to patch; did you mean 'services'?",
    ));
  it("is told with all others' mistakes at once", () =>
    synthRefuses(
      {
        "clusters/x/cluster.ts": spec("{}"),
        "clusters/y/cluster.ts": spec("{}"),
        "clusters/y/versions.yaml": "kubernetes: 2\n",
      },
      "clusters/x/cluster.ts",
      "clusters/y/versions.yaml:1",
      "problems in total",
    ));
});

describe("a bundle that cannot be", () => {
  const change = async (search: string, replacement: string, ...words: (string | RegExp)[]) => {
    const text = fleet.git("show", "HEAD:clusters/fleet.ts");
    expect(text).toContain(search);
    fleet.write({ "clusters/fleet.ts": text.replace(search, replacement) });
    try {
      await refused(["synth"], 1, ...words);
    } finally {
      fleet.git("checkout", "--quiet", "--", ".");
    }
  };

  it("is refused when its layers wait for one another", () =>
    change(
      "value: 1000 });",
      "value: 1000 });\n    services.dependsOn(configs);",
      "layers wait for one another: services → configs → services",
      /clusters\/fleet\.ts:\d+/,
    ));
  it("is refused when it names a variable that it does not declare", () =>
    change(
      "level: this.variables.log_level",
      'level: "${log_levl}"',
      "'${log_levl}' is not a variable here; did you mean 'log_level'?",
      "literal(…)",
    ));
  it("is refused when a field is misspelt", () =>
    change("value: 1000", "valeu: 1000", /PriorityClass 'priority': /, 'did you mean "value"'));
  it("is refused when it throws", () =>
    change(
      "super(scope, id, Platform.variables);",
      'super(scope, id, Platform.variables); throw new Error("no platform today");',
      /clusters\/fleet\.ts:\d+: no platform today/,
    ));
});

describe("a cluster that cannot be added", () => {
  it("is told of an unknown type and a missing variable", () =>
    refused(
      ["cluster", "add", "edge", "--type", "developmnt"],
      1,
      "there is no environment type 'developmnt'; did you mean 'development'?",
      "variable 'domain' is missing",
    ));
  it("is told of a name that is taken", () =>
    refused(
      ["cluster", "add", "production", "--type", "development", "--set", "domain=a.example.com"],
      1,
      "there is a cluster 'production' already",
    ));
  it("is told of an assignment that is none", () =>
    refused(
      ["cluster", "add", "edge", "--type", "development", "--set", "domain"],
      1,
      "'domain' is not variable=value",
    ));
  it("is told that a pinned type needs a pin", () =>
    refused(
      ["cluster", "add", "edge", "--type", "production", "--set", "domain=a.example.com"],
      1,
      "clusters of type 'production' are pinned in versions.yaml",
      "--track tag:1.4.2",
    ));
  it("is not pinned to a branch because the one it is like follows one", () =>
    refused(
      [
        "cluster",
        "add",
        "edge",
        "--type",
        "production",
        "--set",
        "domain=a.example.com",
        "--like",
        "development",
      ],
      1,
      "are pinned in versions.yaml, and nothing says to what",
    ));
  it("is told of a track that is none, as wrong usage", () =>
    refused(
      [
        "cluster",
        "add",
        "edge",
        "--type",
        "production",
        "--set",
        "domain=a.example.com",
        "--track",
        "tag:latest",
      ],
      2,
      "--track: tag 'latest' is no version",
    ));
  it("is told of another's unique value, and is not there", () =>
    refused(
      [
        "cluster",
        "add",
        "edge",
        "--type",
        "production",
        "--set",
        "domain=production.example.com",
        "--track",
        "tag:1.0.0",
      ],
      1,
      "which has to be unique",
    ));
});

describe("wrong usage", () => {
  it("of a command is told with exit code 2", () => refused(["sinth"], 2, "unknown command 'sinth'"));
  it("of a cluster's name names the near one", () =>
    refused(
      ["synth", "--cluster", "prodution"],
      2,
      "there is no cluster 'prodution'; did you mean 'production'?",
    ));
  it("is told as JSON where that is asked for", async () => {
    const { stdout, code } = await fleet.sluice("synth", "--cluster", "nope", "--json");
    expect(JSON.parse(stdout)).toEqual({
      problems: [{ message: "there is no cluster 'nope'; known: development, production" }],
    });
    expect(code).toBe(2);
  });
});

import { styleText } from "node:util";
import type { SandboxPlan } from "../lib/sandbox/create.ts";
import { manifestDifferences, type ObjectDifference } from "../lib/sandbox/differences.ts";
import { describeTrack } from "../lib/fleet/tracks.ts";
import { filesAt } from "../lib/git/commit-files.ts";
import type { Git } from "../lib/git/git.ts";
import { clusterFolder, clustersFolder } from "../lib/synth/paths.ts";
import { changeLine } from "./change-line.ts";

/** What a person wants to see of a new sandbox: its files, what differs from its source, what to run next. */
export async function describeSandbox(
  git: Git,
  plan: SandboxPlan,
  files: readonly string[],
  commit: string | undefined,
): Promise<string> {
  const { cluster, source, sandbox } = plan;
  const bold = (text: string) => styleText("bold", text);
  const done =
    commit === undefined
      ? "would be made (nothing was changed)"
      : `is on branch ${sandbox.branch}, commit ${commit.slice(0, 10)}`;
  const differences = await differencesOf(git, plan);
  const tracks = cluster.bundles.map(({ name, track }) => `${name} ${describeTrack(track)}`).join(", ");
  return [
    `Sandbox ${bold(cluster.name)}, a clone of ${bold(source.name)}, ${done}`,
    `  purpose ${sandbox.purpose}, owner ${sandbox.owner}, expires ${sandbox.expires}`,
    `  Kubernetes ${cluster.versions.kubernetes} on ${cluster.provider.kind}, tracks ${tracks}`,
    "",
    bold("Files"),
    tree(files),
    "",
    bold(`What differs from ${source.name}`),
    ...differences.flatMap(describeObject),
    ...(differences.length === 0 ? ["  nothing"] : []),
    "",
    bold("Next"),
    ...nextSteps(plan, commit !== undefined),
  ].join("\n");
}

async function differencesOf(
  git: Git,
  { cluster, source, files, sandbox }: SandboxPlan,
): Promise<ObjectDifference[]> {
  const before: string[] = [];
  for (const [path, { blob }] of await filesAt(git, sandbox.base, clusterFolder(source.name)))
    if (path.endsWith(".yaml")) before.push(await git.run(["cat-file", "blob", blob]));
  const folder = `${clusterFolder(cluster.name)}/`;
  const after = [...files]
    .filter(([path]) => path.startsWith(folder) && path.endsWith(".yaml"))
    .map(([, text]) => text as string);
  return manifestDifferences(before, after);
}

function describeObject({ object, fields, only }: ObjectDifference): string[] {
  if (only !== undefined) return [`  ${object}: only in the ${only}`];
  return [`  ${object}`, ...fields.map((field) => `    ${changeLine(field)}`)];
}

function nextSteps({ cluster, sandbox, source }: SandboxPlan, made: boolean): string[] {
  const steps: [string, string][] = [
    [`git push --set-upstream origin ${sandbox.branch}`, "let Flux see the branch"],
    [
      `$EDITOR ${clustersFolder}/${cluster.name}/versions.yaml`,
      "change what it runs, then: npx sluice synth",
    ],
    [
      `git diff --no-index ${clustersFolder}/${source.folder} ${clustersFolder}/${cluster.name}`,
      "see what is different from its source",
    ],
  ];
  const width = Math.max(...steps.map(([command]) => command.length));
  return made
    ? steps.map(([command, why]) => `  ${command.padEnd(width)}  ${styleText("dim", `# ${why}`)}`)
    : ["  run the same command without --dry-run"];
}

/** Paths as a tree. */
function tree(paths: readonly string[]): string {
  const lines: string[] = [];
  const visit = (below: readonly string[], indent: string) => {
    const names = [...new Set(below.map((path) => path.split("/")[0]!))];
    names.forEach((name, index) => {
      const last = index === names.length - 1;
      const children = below
        .filter((path) => path.startsWith(`${name}/`))
        .map((path) => path.slice(name.length + 1));
      // A folder with one folder in it is shown on one line.
      let label = name;
      let inner = children;
      while (
        inner.length > 0 &&
        new Set(inner.map((path) => path.split("/")[0])).size === 1 &&
        inner[0]!.includes("/")
      ) {
        const only = inner[0]!.split("/")[0]!;
        label = `${label}/${only}`;
        inner = inner.map((path) => path.slice(only.length + 1));
      }
      lines.push(`  ${indent}${last ? "└── " : "├── "}${label}`);
      visit(inner, `${indent}${last ? "    " : "│   "}`);
    });
  };
  visit(paths, "");
  return lines.join("\n");
}

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from "@actions/workflow-parser";
import type { Command } from "commander";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { program } from "../../cli/program.ts";

const root = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const files = (folder: string) => readdirSync(join(root, folder)).map((name) => `${folder}/${name}`);
const workflows = files("templates/github");
const pipelines = files("templates/gitlab");

/** The command lines of `npx sluice` in a text, up to what a shell ends or redirects them by. */
const commandLines = (text: string): string[] =>
  [...text.replaceAll("\\\n", " ").matchAll(/npx sluice ([^\n|;&>]*)/g)].map(([, line]) => line!.trim());

/** The words of a command line; a variable is a value, whatever it will be. */
const words = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!);

/** What the CLI's own parser says against a command line, or nothing. */
function refusal(line: string, from: Command = program): string | undefined {
  let command = from;
  const rest = words(line);
  while (command.commands.length > 0) {
    const next = command.commands.find((child) => child.name() === rest[0]);
    if (next === undefined) return `there is no command '${rest[0]}' in '${command.name()}'`;
    command = next;
    rest.shift();
  }
  const said: string[] = [];
  command.exitOverride((error) => {
    throw error;
  });
  command.configureOutput({ writeErr: (text) => said.push(text), outputError: () => undefined });
  try {
    const { operands, unknown } = command.parseOptions(rest);
    if (unknown.length > 0) return `unknown: ${unknown.join(" ")}`;
    const { registeredArguments: wanted } = command;
    if (operands.length > wanted.length && wanted.at(-1)?.variadic !== true)
      return `too much: ${operands.join(" ")}`;
    if (operands.length < wanted.filter(({ required }) => required).length) return "an argument is missing";
    const missing = command.options.filter(
      (option) =>
        option.mandatory && !rest.some((word) => word === option.long || word.startsWith(`${option.long}=`)),
    );
    return missing.length > 0 ? `missing: ${missing.map(({ long }) => long).join(" ")}` : undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

describe("the templates for CI", () => {
  it.each(workflows)("%s is a workflow that GitHub takes", (path) => {
    const parsed = parseWorkflow({ name: path, content: read(path) }, new NoOperationTraceWriter());
    expect(parsed.context.errors.getErrors().map(({ message }) => message)).toEqual([]);
    expect(parsed.value).toBeDefined();
  });

  it("would be refused if they were none, or held an unknown context", async () => {
    const errors = async (text: string) => {
      const { context, value } = parseWorkflow({ name: "x", content: text }, new NoOperationTraceWriter());
      const { errors: converted } =
        value === undefined ? { errors: [] } : await convertWorkflowTemplate(context, value);
      return [
        ...context.errors.getErrors().map(({ message }) => message),
        ...(converted ?? []).map(({ Message }) => Message),
      ];
    };
    const good = read(workflows[0]!);
    expect(await errors(good)).toEqual([]);
    expect(await errors(good.replace("runs-on:", "runs_on:"))).not.toEqual([]);
    expect(await errors(good.replace("${{ github.", "${{ gihtub."))).not.toEqual([]);
  });

  it.each(pipelines)("%s is a pipeline of jobs that GitLab knows", (path) => {
    const pipeline = load(read(path)) as Record<string, unknown>;
    const { workflow, stages, ...jobs } = pipeline as Record<string, Record<string, unknown>> & {
      stages: string[];
    };
    expect(Object.keys(workflow!)).toEqual(["rules"]);
    // https://docs.gitlab.com/ci/yaml/#job-keywords
    const keywords = [
      "extends",
      "stage",
      "rules",
      "script",
      "before_script",
      "after_script",
      "image",
      "variables",
      "cache",
      "artifacts",
      "resource_group",
      "id_tokens",
    ];
    for (const [name, job] of Object.entries(jobs)) {
      expect(
        Object.keys(job).filter((key) => !keywords.includes(key)),
        name,
      ).toEqual([]);
      for (const key of ["script", "before_script", "after_script"])
        if (job[key] !== undefined)
          expect(
            (job[key] as unknown[]).every((line) => typeof line === "string"),
            `${name}.${key}`,
          ).toBe(true);
      if (name.startsWith(".")) continue;
      expect(jobs[job["extends"] as string], name).toBeDefined();
      expect(stages, name).toContain(job["stage"]);
      expect((job["script"] as string[]).length, name).toBeGreaterThan(0);
      for (const rule of job["rules"] as Record<string, unknown>[])
        expect(Object.keys(rule), name).toEqual(["if"]);
    }
  });

  it("hold only command lines of sluice that it takes", () => {
    const lines = [...workflows, ...pipelines].flatMap((path) =>
      commandLines(read(path)).map((line) => ({ path, line })),
    );
    expect(new Set(lines.map(({ line }) => line.split(" -")[0]))).toEqual(
      new Set(["synth", "check", "impact", "gate", "sandbox reap", "artifact push"]),
    );
    expect(
      lines.flatMap(({ path, line }) => {
        const said = refusal(line);
        return said === undefined ? [] : [`${path}: ${line}: ${said}`];
      }),
    ).toEqual([]);
    // The parser does refuse.
    for (const wrong of [
      "synth --chekc",
      "gate extra",
      "artifact push",
      "impact --format pdf",
      "sandbox reep",
    ])
      expect(refusal(wrong), wrong).toBeDefined();
  });

  it("run nothing of a pull request where they hold a token that decides", () => {
    const gate = load(read("templates/github/sluice-gate.yml")) as {
      on: { pull_request_target: { branches: string[] } };
      jobs: { gate: { steps: { uses?: string; run?: string; with?: { ref?: string } }[] } };
    };
    expect(Object.keys(gate.on)).toEqual(["pull_request_target"]);
    // Another branch its author may have made, with other approvers.
    expect(gate.on.pull_request_target.branches).toEqual(["main"]);
    const { steps } = gate.jobs.gate;
    expect(steps.find(({ uses }) => uses?.startsWith("actions/checkout"))?.with?.ref).toBe(
      "${{ github.event.repository.default_branch }}",
    );
    const pipeline = load(read("templates/gitlab/sluice.gitlab-ci.yml")) as {
      gate: { rules: { if: string }[]; before_script: string[] };
    };
    expect(pipeline.gate.rules.map((rule) => rule.if)).toEqual([
      expect.stringContaining("$CI_MERGE_REQUEST_TARGET_BRANCH_NAME == $CI_DEFAULT_BRANCH") as string,
    ]);
    expect(pipeline.gate.before_script).toContain(
      'git checkout --quiet --detach "origin/$CI_DEFAULT_BRANCH"',
    );
    // Nothing that a pull request's author writes stands in a script: it comes by the environment.
    for (const path of workflows)
      for (const [, script] of read(path).matchAll(/run: \|?([\s\S]*?)(?=\n {6}- |\n*$)/g))
        expect(script, path).not.toMatch(/\$\{\{/);
  });

  it("are in the package, and in the documentation", () => {
    const { files: packed } = JSON.parse(read("package.json")) as { files: string[] };
    expect(packed).toContain("templates");
    const page = read("docs/how-to/ci.md");
    for (const path of [...workflows, ...pipelines]) expect(page).toContain(`../../${path}`);
  });
});

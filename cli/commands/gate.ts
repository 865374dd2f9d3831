import { styleText } from "node:util";
import { ArtifactReader } from "../../lib/effective/artifacts.ts";
import { bundlesOf } from "../../lib/fleet/cluster.ts";
import { type Problem, UserError } from "../../lib/fleet/user-error.ts";
import { type Answer, ServiceError } from "../../lib/gate/change-request.ts";
import { awaitDecision, type Decision } from "../../lib/gate/decision.ts";
import { unprovenVersions } from "../../lib/gate/evidence.ts";
import { examine, type Examination } from "../../lib/gate/examine.ts";
import { changeRequestFor, changeService, describeStackChange } from "../../lib/gate/gate.ts";
import { changesInTheWay } from "../../lib/git/clean.ts";
import { loadFleet, loadFleetDefinition } from "../../lib/synth/load.ts";
import { parseDuration } from "../duration.ts";
import { printNotices } from "../report.ts";
import { openRepository } from "../repository.ts";

/** Options of the command. */
export interface GateOptions {
  readonly base?: string;
  readonly head?: string;
  readonly timeout: string;
  readonly poll: string;
  readonly registry: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** How the gate stands. Open without a decision means that no protected cluster is reached. */
type Standing = "open" | "would-ask" | "frozen" | "unproven" | Decision["state"];

/** `sluice gate`: exit code 0 where a change may be merged, 1 where it may not, or not yet. */
export async function gate(options: GateOptions): Promise<void> {
  const { base, head, dryRun = false, json = false } = options;
  const waiting = waitingOf(options);
  const { root, git } = await openRepository();
  const fleet = await loadFleetDefinition(root);
  if (head === undefined) {
    const dirty = await changesInTheWay(git);
    if (dirty !== undefined)
      printNotices([{ where: root, message: "what is not committed is not looked at", remedy: "commit it" }]);
  }
  const found = await examine(
    git,
    {
      ...(base === undefined ? {} : { base }),
      ...(head === undefined ? {} : { head }),
      bundles: bundlesOf(fleet).map(([name]) => name),
      ...(options.registry ? { artifacts: new ArtifactReader() } : {}),
    },
    new Date(),
  );
  if (!json) console.log(describe(found));
  const end = (
    standing: Standing,
    more: object,
    lines: readonly string[],
    problems: readonly Problem[] = [],
  ) => {
    if (json) console.log(JSON.stringify({ ...summary(found), standing, ...more, problems }, null, 2));
    else {
      for (const line of lines) console.log(line);
      if (problems.length > 0) throw new UserError(problems);
    }
    if (problems.length > 0) process.exitCode = 1;
  };
  if (found.frozen.length > 0) return end("frozen", {}, [], found.frozen);
  if (found.reached.length === 0) return end("open", {}, [passed("no protected cluster is reached")]);
  const proof = await unprovenVersions(git, await loadFleet(root), found, Date.now());
  if (proof.problems.length > 0) return end("unproven", {}, [], proof.problems);

  const request = await changeRequestFor(git, found, fleet.repository.url, proof.overrides);
  const service = changeService(fleet.changeRequests, root, process.env);
  const key = `commit ${found.commit.slice(0, 10)}`;
  if (dryRun)
    return end("would-ask", { service: service.name, request }, [
      `${service.name} would be asked about ${key} (nothing was asked)`,
    ]);
  if (!json) console.log(`asking ${service.name} about ${key}`);
  const decision = await awaitDecision(service, request, {
    ...waiting,
    ...(json
      ? {}
      : {
          listener: (news) => {
            console.error(describeNews(news));
          },
        }),
  });
  const { line, problem } = verdict(decision, service.name, key);
  const answer = "answer" in decision ? { answer: decision.answer } : {};
  end(decision.state, { service: service.name, ...answer }, line, problem);
}

/** @throws UserError for each option that has no such value */
function waitingOf({ timeout, poll }: GateOptions): { timeout: number; interval: number } {
  const problems: Problem[] = [];
  const seconds = (option: string, text: string, least: number) => {
    const value = parseDuration(text);
    if (value === undefined || value < least)
      problems.push({ where: option, message: `'${text}' is no time such as 30s, 10m or 1h` });
    return value ?? 0;
  };
  const waiting = { timeout: seconds("--timeout", timeout, 0), interval: seconds("--poll", poll, 1) };
  if (problems.length > 0) throw new UserError(problems, 2);
  return waiting;
}

function verdict(decision: Decision, service: string, key: string): { line: string[]; problem: Problem[] } {
  if (decision.state === "unreachable")
    return {
      line: [],
      problem: [
        {
          where: service,
          message: `gave no answer to go by, so the gate stays closed: ${decision.error.message}`,
          remedy: `${decision.error.remedy ?? "see to the service"}, and run this again`,
        },
      ],
    };
  const { answer } = decision;
  const what = `${answer.id === undefined ? "the change request" : `change request ${answer.id}`} of ${key}`;
  const place = answer.url === undefined ? "" : ` (${answer.url})`;
  const reason = answer.reason === undefined ? "" : `: ${answer.reason}`;
  switch (decision.state) {
    case "approved":
      return { line: [passed(`${what} was approved by ${answer.by}${reason}${place}`)], problem: [] };
    case "rejected":
      return {
        line: [],
        problem: [
          {
            where: service,
            message: `${what} was rejected by ${answer.by}${reason}${place}`,
            remedy: "a new commit needs, and gets, a new request",
          },
        ],
      };
    case "pending":
      return {
        line: [],
        problem: [
          {
            where: service,
            message: `${what} is not decided yet${reason}${place}`,
            remedy: "run this again when it is: the same commit finds the same request",
          },
        ],
      };
  }
}

const passed = (why: string): string => `${styleText("green", "✓")} may be merged: ${why}`;

function describeNews(news: Answer | ServiceError): string {
  if (news instanceof ServiceError) return `  ${news.message}; trying again`;
  const { id, state, url } = news;
  return `  ${[id, state, url].filter((part) => part !== undefined).join(" ")}`;
}

function describe({ commit, impact, reached, stacks }: Examination): string {
  const changed = new Set([...impact.clusters.map(({ cluster }) => cluster), ...reached]);
  const names = [...changed].map((cluster) =>
    reached.includes(cluster) ? `${cluster} (protected)` : cluster,
  );
  const shown = names.length > 10 ? [...names.slice(0, 10), `… (${names.length})`] : names;
  return [
    `commit ${commit.slice(0, 10)} into ${impact.base}: changes ${shown.length === 0 ? "no cluster" : shown.join(", ")}`,
    ...stacks.map((change) => `  ${describeStackChange(change)}`),
  ].join("\n");
}

function summary({ base, commit, impact, reached, stacks }: Examination): object {
  const clusters = impact.clusters.map(({ cluster }) => cluster);
  return { base, commit, clusters, protected: reached, stacks };
}

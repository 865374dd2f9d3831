import { literal } from "../fleet/literal.ts";
import type { CheckException, CheckSettings } from "../fleet/check-settings.ts";
import { suggestion } from "../fleet/suggestion.ts";
import { type Problem, throwIfAny } from "../fleet/user-error.ts";
import { type CheckedFleet, nameOf } from "./fleet.ts";
import type { Finding, Rule, Severity } from "./rule.ts";

/** What a rule found, told once for all clusters that have it. */
export interface ReportedFinding {
  readonly rule: string;
  readonly severity: Severity;
  /** One for each cluster, in their order; the first stands for all. */
  readonly on: readonly [Finding, ...Finding[]];
}

/** What the rules found. */
export interface RulesResult {
  readonly findings: readonly ReportedFinding[];
  /** How many findings are excepted. */
  readonly excepted: number;
  /** What is wrong with the exceptions: out of date, or for nothing. */
  readonly notices: readonly Problem[];
}

/** How to run the rules. */
export interface RunRulesOptions extends CheckSettings {
  /** `YYYY-MM-DD`. */
  readonly today: string;
  /** The clusters to tell about, by name. @default all */
  readonly only?: readonly string[] | undefined;
}

/**
 * Runs rules over a fleet, with its severities and exceptions.
 * @throws UserError if the settings are wrong
 */
export function runRules(fleet: CheckedFleet, rules: readonly Rule[], options: RunRulesOptions): RulesResult {
  const { severity = {}, exceptions = [], today, only } = options;
  throwIfAny(settingProblems(rules, severity, exceptions));
  const used = new Set<CheckException>();
  const merged = new Map<string, { rule: string; severity: Severity; on: [Finding, ...Finding[]] }>();
  let excepted = 0;
  for (const rule of rules) {
    const level = severity[rule.name];
    if (level === "off") continue;
    for (const finding of rule.check(fleet)) {
      if (only !== undefined && !only.includes(finding.cluster)) continue;
      // One that still counts goes before one that is over.
      const fitting = exceptions.filter((each) => excepts(each, rule.name, finding));
      for (const exception of fitting) used.add(exception);
      if (fitting.some(({ expires }) => expires >= today)) {
        excepted++;
        continue;
      }
      const key = sameness(rule.name, finding);
      const known = merged.get(key);
      if (known === undefined)
        merged.set(key, {
          rule: rule.name,
          severity: level ?? finding.severity ?? rule.severity,
          on: [finding],
        });
      else if (!known.on.some(({ cluster }) => cluster === finding.cluster)) known.on.push(finding);
    }
  }
  // Where only some clusters are looked at, an exception for another one is for something.
  const looked = exceptions.filter(
    ({ rule, cluster }) =>
      severity[rule] !== "off" &&
      (only === undefined || (cluster !== undefined && only.includes(cluster))) &&
      (rule !== "live" || fleet.live !== undefined),
  );
  return { findings: [...merged.values()], excepted, notices: exceptionNotices(looked, used, today) };
}

/** Equal for what is one finding, however many clusters have it. */
function sameness(rule: string, { cluster, message, object, unit, field }: Finding): string {
  const name = new RegExp(`(?<!\\w)${literal(cluster)}(?!\\w)`, "g");
  const own = (text: string) => text.replace(name, "{cluster}");
  const where =
    object === undefined ? [unit?.id] : [own(nameOf(object)), own(object.file), object.line, object.unit];
  return JSON.stringify([rule, own(message), ...where, field]);
}

function excepts(exception: CheckException, rule: string, { cluster, object, unit }: Finding): boolean {
  if (exception.rule !== rule) return false;
  if (exception.cluster !== undefined && exception.cluster !== cluster) return false;
  if (exception.object === undefined) return true;
  const name = object !== undefined ? nameOf(object) : unit !== undefined ? `Kustomization ${unit.id}` : "";
  return new RegExp(`^${exception.object.split("*").map(literal).join(".*")}$`).test(name);
}

const where = "clusters/fleet.ts";

function settingProblems(
  rules: readonly Rule[],
  severity: NonNullable<CheckSettings["severity"]>,
  exceptions: readonly CheckException[],
): Problem[] {
  const names = rules.map(({ name }) => name);
  const problems: Problem[] = [];
  for (const name of [...Object.keys(severity), ...exceptions.map(({ rule }) => rule)])
    if (!names.includes(name))
      problems.push({ where, message: `check: there is no rule '${name}'${suggestion(name, names)}` });
  for (const [name, level] of Object.entries(severity))
    if (!["error", "warning", "off"].includes(level))
      problems.push({
        where,
        message: `check.severity.${name}: '${String(level)}' is none of error, warning, off`,
      });
  for (const { rule, reason, expires } of exceptions) {
    // What the compiler asks for may be missing in what it was not asked about.
    if (typeof reason !== "string" || reason.trim() === "")
      problems.push({
        where,
        message: `check.exceptions: the one from '${rule}' gives no reason`,
        remedy: "say why it is fine",
      });
    if (!isDay(expires))
      problems.push({
        where,
        message: `check.exceptions: the one from '${rule}' expires on '${String(expires)}', which is no day`,
        remedy: "write YYYY-MM-DD, the last day on which it is fine",
      });
  }
  return problems;
}

function isDay(text: unknown): boolean {
  if (typeof text !== "string" || !/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const time = Date.parse(text);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

function exceptionNotices(
  exceptions: readonly CheckException[],
  used: ReadonlySet<CheckException>,
  today: string,
): Problem[] {
  return exceptions.flatMap((exception) => {
    const { rule, object, cluster, expires, reason } = exception;
    const what = `the exception from '${rule}' for ${object ?? "everything"} on ${cluster ?? "every cluster"}`;
    if (!used.has(exception))
      return [{ where, message: `${what} is for nothing any more`, remedy: "remove it" }];
    if (expires < today)
      return [
        {
          where,
          message: `${what} (${reason}) ended on ${expires}`,
          remedy: "mend what it was for, or renew it",
        },
      ];
    return [];
  });
}

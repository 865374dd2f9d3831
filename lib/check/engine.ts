import type { CheckException, CheckSettings } from "../fleet/check-settings.ts";
import { suggestion } from "../fleet/suggestion.ts";
import { type Problem, throwIfAny } from "../fleet/user-error.ts";
import { type CheckedFleet, nameOf } from "./fleet.ts";
import type { Finding, Rule, Severity } from "./rule.ts";

/** A finding, with the clusters that it is the same for. */
export interface ReportedFinding extends Finding {
  readonly rule: string;
  readonly severity: Severity;
  /** All clusters that have it, by name. */
  readonly clusters: readonly string[];
}

/** What a check found. */
export interface CheckReport {
  readonly findings: readonly ReportedFinding[];
  /** How many findings are excepted. */
  readonly excepted: number;
  /** What is wrong with the exceptions: out of date, or for nothing. */
  readonly notices: readonly Problem[];
}

/**
 * Runs rules over a fleet. @param today `YYYY-MM-DD`
 * @throws UserError if the settings name a rule that there is not
 */
export function runRules(
  fleet: CheckedFleet,
  rules: readonly Rule[],
  { severity = {}, exceptions = [] }: CheckSettings,
  today: string,
): CheckReport {
  throwIfAny(settingProblems(rules, severity, exceptions));
  const used = new Set<CheckException>();
  const merged = new Map<string, ReportedFinding & { clusters: string[] }>();
  let excepted = 0;
  for (const rule of rules) {
    const level = severity[rule.name] ?? rule.severity;
    if (level === "off") continue;
    for (const finding of rule.check(fleet)) {
      const exception = exceptions.find((each) => excepts(each, rule.name, finding));
      if (exception !== undefined) used.add(exception);
      if (exception !== undefined && exception.expires >= today) {
        excepted++;
        continue;
      }
      const key = sameness(rule.name, finding);
      const known = merged.get(key);
      if (known === undefined)
        merged.set(key, { ...finding, rule: rule.name, severity: level, clusters: [finding.cluster] });
      else if (!known.clusters.includes(finding.cluster)) known.clusters.push(finding.cluster);
    }
  }
  return { findings: [...merged.values()], excepted, notices: exceptionNotices(exceptions, used, today) };
}

/** Equal for what is one finding, however many clusters have it. */
function sameness(rule: string, { cluster, message, object, unit, field }: Finding): string {
  const own = (text: string) => text.replaceAll(cluster, "{cluster}");
  const where =
    object === undefined ? [unit?.id] : [nameOf(object), own(object.file), object.line, object.unit, field];
  return JSON.stringify([rule, own(message), ...where]);
}

function excepts(exception: CheckException, rule: string, { cluster, object, unit }: Finding): boolean {
  if (exception.rule !== rule) return false;
  if (exception.cluster !== undefined && exception.cluster !== cluster) return false;
  if (exception.object === undefined) return true;
  const name = object !== undefined ? nameOf(object) : unit !== undefined ? `Kustomization ${unit.id}` : "";
  const pattern = exception.object.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${pattern.join(".*")}$`).test(name);
}

function settingProblems(
  rules: readonly Rule[],
  severity: NonNullable<CheckSettings["severity"]>,
  exceptions: readonly CheckException[],
): Problem[] {
  const where = "clusters/fleet.ts";
  const names = rules.map(({ name }) => name);
  const problems: Problem[] = [];
  for (const name of [...Object.keys(severity), ...exceptions.map(({ rule }) => rule)])
    if (!names.includes(name))
      problems.push({ where, message: `there is no rule '${name}'${suggestion(name, names)}` });
  for (const { rule, reason, expires } of exceptions) {
    if (reason.trim() === "")
      problems.push({ where, message: `the exception from '${rule}' gives no reason` });
    if (!/^\d{4}-\d\d-\d\d$/.test(expires) || Number.isNaN(Date.parse(expires)))
      problems.push({
        where,
        message: `the exception from '${rule}' expires on '${expires}', which is no YYYY-MM-DD`,
      });
  }
  return problems;
}

function exceptionNotices(
  exceptions: readonly CheckException[],
  used: ReadonlySet<CheckException>,
  today: string,
): Problem[] {
  return exceptions.flatMap((exception) => {
    const { rule, object, cluster, expires, reason } = exception;
    const what = `the exception from '${rule}' for ${object ?? "everything"} on ${cluster ?? "every cluster"}`;
    const where = "clusters/fleet.ts";
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

import { showClusters } from "../impact/show-fields.ts";
import type { CheckProblem, CheckReport, ProblemPlace } from "./report.ts";

/** How parts of the text are styled; the identity where there are no colours. */
export type Style = (format: "bold" | "dim" | "red" | "green" | "yellow", text: string) => string;

/** So many places of one problem are told. */
const most = 3;

/** A check as people read it in a terminal: errors first, then what could not be checked, then the sum. */
export function checkText({ problems, unchecked, excepted, ...report }: CheckReport, style: Style): string {
  const lines: string[] = [];
  const ordered = [...problems].sort((a, b) => rank(a) - rank(b));
  for (const problem of ordered) lines.push(...problemLines(problem, style), "");
  for (const { clusters, message, remedy } of unchecked) {
    lines.push(style("dim", `? not checked on ${showClusters(clusters)}: ${message}`));
    if (remedy !== undefined) lines.push(style("dim", `  → ${remedy}`));
  }
  if (unchecked.length > 0) lines.push("");
  const what = `${count(report.clusters.length, "cluster")}, ${count(report.objects, "object")}`;
  const known = excepted === 0 ? "" : `, ${excepted} excepted`;
  const errors = problems.filter(({ severity }) => severity === "error").length;
  const warnings = problems.length - errors;
  const sum = [
    ...(errors === 0 ? [] : [count(errors, "error")]),
    ...(warnings === 0 ? [] : [count(warnings, "warning")]),
  ].join(", ");
  lines.push(
    problems.length === 0
      ? style("green", `✓ ${what}: no problems${known}`)
      : style(errors > 0 ? "red" : "yellow", `${errors > 0 ? "✗" : "!"} ${what}: ${sum}${known}`),
  );
  return lines.join("\n");
}

const rank = ({ severity }: CheckProblem): number => (severity === "error" ? 0 : 1);

function problemLines(
  { rule, severity, clusters, object, message, remedy, places }: CheckProblem,
  style: Style,
): string[] {
  const sign = severity === "error" ? style("red", "✗") : style("yellow", "!");
  const told = [...new Set(places.map(placeText).filter((text) => text !== ""))];
  const more = told.length - most;
  return [
    `${sign} ${style("bold", object)} on ${showClusters(clusters)} ${style("dim", `(${rule})`)}`,
    `  ${message}`,
    ...told.slice(0, most).map((text) => style("dim", `  at ${text}`)),
    ...(more > 0 ? [style("dim", `  and at ${count(more, "other place")}`)] : []),
    ...(remedy === undefined ? [] : [`  → ${remedy}`]),
  ];
}

function placeText({ file, line, revision, made }: ProblemPlace): string {
  if (file === undefined) return "";
  const at = line === undefined ? file : `${file}:${line}`;
  return `${at}${revision === undefined ? "" : ` of ${revision}`}${made === undefined ? "" : `, made by ${made}`}`;
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`;

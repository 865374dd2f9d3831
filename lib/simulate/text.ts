import { showSeconds } from "./duration.ts";
import type { SimulatedCluster, TimedOutcome } from "./simulate.ts";
import { short } from "./trouble.ts";

/** How parts of the text are styled; the identity where there are no colours. */
export type Style = (format: "bold" | "dim" | "red" | "green" | "yellow", text: string) => string;

const width = 80;

/** A simulation as people read it in a terminal of 80 columns. */
export function simulationText(clusters: readonly SimulatedCluster[], style: Style): string {
  const groups = Map.groupBy(clusters, ({ cluster: _, ...rest }) => JSON.stringify(rest));
  return [...groups.values()]
    .map((group) => clusterLines(group.map(({ cluster }) => cluster).join(", "), group[0]!, style).join("\n"))
    .join("\n\n");
}

function clusterLines(name: string, simulated: SimulatedCluster, style: Style): string[] {
  const { outcomes, troubles, contested, assumptions, failure, restarts } = simulated;
  const lines = wrap(`${name}: ${summary(simulated)}`, "").map((line) => style("bold", line));
  if (failure !== undefined) lines.push("", ...failureLines(failure, style));
  const reconciled = outcomes.filter(({ kind }) => kind === "Kustomization" || kind === "HelmRelease");
  const ready = reconciled.filter(({ verdict }) => verdict === "ready");
  if (failure === undefined && restarts === undefined && ready.length > 0) {
    lines.push("", `  ${"Ready after".padEnd(12)}at the latest`);
    for (const outcome of ready) lines.push(readyLine(outcome));
  }
  if (restarts !== undefined) lines.push("", ...restartLines(restarts, style));
  for (const { ids, kind, reason, message, stops } of troubles) {
    // That is what was asked for.
    if (ids[0] === failure?.id) continue;
    const what =
      kind === "deadlock"
        ? `${ids.map(short).join(" and ")} wait for one another`
        : `${short(ids[0]!)}: ${reason === "" ? "not Ready" : reason}`;
    lines.push("", ...wrap(`✗ ${what}`, "  ").map((line) => style("red", line)));
    for (const line of message.split("\n")) lines.push(...wrap(line, "    "));
    if (stops.length > 0) lines.push(...wrap(`stops ${stops.map(short).join(", ")}`, "    "));
  }
  for (const { object, units } of contested)
    lines.push(
      "",
      ...wrap(`! ${object} is applied by ${units.join(" and ")}: they overwrite one another`, "  ").map(
        (line) => style("yellow", line),
      ),
    );
  if (assumptions.length > 0) {
    lines.push("", "  Taken for granted:");
    for (const message of new Set(assumptions.map((each) => each.message)))
      lines.push(...wrap(`- ${message}`, "    ").map((line) => style("dim", line)));
  }
  return lines;
}

function summary({ outcomes, failure, restarts }: SimulatedCluster): string {
  const counts = ["Kustomization", "HelmRelease"].flatMap((kind) => {
    const all = outcomes.filter((outcome) => outcome.kind === kind);
    if (all.length === 0) return [];
    const ready = all.filter(({ verdict }) => verdict === "ready").length;
    return [`${ready} of ${all.length} ${kind === "Kustomization" ? "Kustomizations" : "HelmReleases"}`];
  });
  const what = `${counts.join(" and ")} become Ready`;
  if (failure !== undefined || outcomes.some(({ verdict }) => verdict !== "ready")) return what;
  const last = Math.max(0, ...outcomes.map(({ readyAfter }) => readyAfter ?? 0));
  const latest = Math.max(0, ...outcomes.map(({ readyAtLatest }) => readyAtLatest ?? 0));
  const after = restarts === undefined ? "" : " after the change";
  return `${what}${after}, in about ${showSeconds(last)}, at the latest in ${showSeconds(latest)}`;
}

function readyLine({ id, kind, readyAfter, readyAtLatest }: TimedOutcome): string {
  const latest = readyAtLatest === undefined ? "-" : showSeconds(readyAtLatest);
  const name = kind === "Kustomization" ? short(id) : `  ${id}`;
  return `  ${showSeconds(readyAfter ?? 0).padEnd(12)}${latest.padEnd(14)}${name}`;
}

function failureLines(
  { id, stops, unapplied }: NonNullable<SimulatedCluster["failure"]>,
  style: Style,
): string[] {
  if (stops.length === 0) return [`  If ${id} fails, everything else becomes Ready.`];
  const objects = unapplied === 0 ? "" : `, and ${unapplied} objects are not applied`;
  return [
    ...wrap(`If ${id} fails, ${stops.length} others do not become Ready${objects}:`, "  "),
    ...stops.map((stopped) => style("red", `    ${stopped}`)),
    ...wrap("Where all of it is Ready already, it goes on running: they get no change.", "  "),
  ];
}

function restartLines(
  { applies, releases, rolls, recreated, stale }: NonNullable<SimulatedCluster["restarts"]>,
  style: Style,
): string[] {
  if (applies.length + releases.length === 0) return ["  Nothing restarts: what Flux applies is the same."];
  const lines: string[] = [];
  const part = (title: string, items: readonly string[]) => {
    if (items.length > 0) lines.push(`  ${title}`, ...items.flatMap((item) => wrap(item, "    ")));
  };
  part(
    "Applies something else:",
    applies.map(({ unit, created, changed, deleted }) => {
      const counts = [
        created > 0 ? `${created} made` : "",
        changed > 0 ? `${changed} changed` : "",
        deleted > 0 ? `${deleted} deleted` : "",
      ];
      return `${unit} (${counts.filter((count) => count !== "").join(", ")})`;
    }),
  );
  part(
    "Helm:",
    releases.map(({ id, upgrade }) => `${upgrade ? "upgrades" : "installs"} ${id}`),
  );
  part(
    "Pods are replaced:",
    rolls.map(({ workload, because }) => `${workload} (${because.join(", ")})`),
  );
  part("Deleted and made anew:", recreated);
  part(
    "Does not notice until it is restarted:",
    stale.map(({ workload, reads }) => style("yellow", `${workload}, which reads ${reads}`)),
  );
  return lines;
}

/** Breaks a text between words, each line indented; what has no space stays whole. */
function wrap(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const more = line === "" ? word : `${line} ${word}`;
    const inset = lines.length === 0 ? indent : `${indent}  `;
    if (line !== "" && inset.length + more.length > width) {
      lines.push(inset + line);
      line = word;
    } else line = more;
  }
  lines.push((lines.length === 0 ? indent : `${indent}  `) + line);
  return lines;
}

import { styleText } from "node:util";
import { describeStep, type TeardownListener } from "../lib/teardown/index.ts";
import { describeSome } from "../lib/teardown/why.ts";
import { printNotices } from "./report.ts";

/** Says on stderr, line by line, what a teardown does and what it waits for. */
export function teardownProgress(
  say: (line: string) => void = (line) => console.error(line),
): Partial<TeardownListener> {
  const style = (format: "green" | "red" | "dim", text: string) =>
    styleText(format, text, { stream: process.stderr });
  const time = (milliseconds: number) => style("dim", `${(milliseconds / 1000).toFixed(1)} s`);
  return {
    planned: (_, notices) => printNotices(notices),
    suspending: (count) =>
      say(`suspending ${count} Kustomizations and releases, and waiting until nothing is applied any more`),
    waiting: (step, there, milliseconds) =>
      say(`… ${describeStep(step)}: waiting for ${describeSome(there)} ${time(milliseconds)}`),
    over: ({ step, outcome, message }, milliseconds) =>
      say(
        outcome === "done"
          ? `${style("green", "✓")} ${describeStep(step)} ${time(milliseconds)}`
          : `${style("red", "✗")} ${describeStep(step)}: ${message ?? outcome} ${time(milliseconds)}`,
      ),
    verifying: () => say("looking whether anything is left"),
    note: (message) => say(`! ${message}`),
  };
}

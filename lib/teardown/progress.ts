import type { Problem } from "../fleet/user-error.ts";
import { describeStep } from "./describe.ts";
import type { TeardownListener } from "./teardown.ts";
import { describeSome } from "./why.ts";

/** How parts of a line look. */
export type LineStyle = (as: "good" | "bad" | "aside", text: string) => string;

/** Says line by line what a teardown does and what it waits for. */
export function progressLines(
  say: (line: string) => void,
  style: LineStyle = (_, text) => text,
): TeardownListener {
  const time = (milliseconds: number) => style("aside", `${(milliseconds / 1000).toFixed(1)} s`);
  return {
    planned: (_, notices) => {
      for (const notice of notices) say(describeNotice(notice));
    },
    suspending: (count) =>
      say(`suspending ${count} Kustomizations and releases, and waiting until nothing is applied any more`),
    begun: () => undefined,
    waiting: (step, there, milliseconds) =>
      say(`… ${describeStep(step)}: waiting for ${describeSome(there)} ${time(milliseconds)}`),
    over: ({ step, outcome, message }, milliseconds) =>
      say(
        outcome === "done"
          ? `${style("good", "✓")} ${describeStep(step)} ${time(milliseconds)}`
          : `${style("bad", "✗")} ${describeStep(step)}: ${message ?? outcome} ${time(milliseconds)}`,
      ),
    verifying: () => say("looking whether anything is left"),
    note: (message) => say(`! ${message}`),
  };
}

const describeNotice = ({ where, message, remedy }: Problem): string =>
  `! ${where === undefined ? "" : `${where}: `}${message}${remedy === undefined ? "" : ` (${remedy})`}`;

import { styleText } from "node:util";
import { progressLines, type TeardownListener } from "../lib/teardown/index.ts";
import { printNotices } from "./report.ts";

const formats = { good: "green", bad: "red", aside: "dim" } as const;

/** Says on stderr, line by line, what a teardown does and what it waits for. */
export const teardownProgress = (): TeardownListener => ({
  ...progressLines(
    (line) => console.error(line),
    (as, text) => styleText(formats[as], text, { stream: process.stderr }),
  ),
  planned: (_, notices) => printNotices(notices),
});

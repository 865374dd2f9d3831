import { execFileSync } from "node:child_process";

/** Seeds that follow from the commit: other ones with each, and the same ones for whoever looks into a failure. */
export function seedsOfCommit(count: number, commit = headCommit()): number[] {
  const first = Number.parseInt(commit.slice(0, 7), 16);
  return Array.from({ length: count }, (_, index) => first + index);
}

/** The commit that is checked out; zeros where there is none. */
export function headCommit(): string {
  try {
    return execFileSync("git", ["rev-parse", "HEAD"], { cwd: import.meta.dirname, encoding: "utf8" }).trim();
  } catch {
    return "0".repeat(40);
  }
}

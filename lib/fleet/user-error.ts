/** One thing that is wrong, told so that its reader can mend it. */
export interface Problem {
  /** Where it is: a file with line, a construct's path, a command's argument. */
  readonly where?: string;
  /** What is wrong. */
  readonly message: string;
  /** What to do about it. */
  readonly remedy?: string;
}

/**
 * A mistake in what the user gave: printed without a stack, exit code 1. Anything else that is thrown is a
 * defect of Sluice or of the code that it runs, and keeps its stack.
 */
export class UserError extends Error {
  override readonly name = "UserError";
  readonly problems: readonly Problem[];
  /** Exit code of the command that it ends: 1 problems found, 2 wrong usage. */
  readonly exitCode: 1 | 2;

  constructor(problems: Problem | readonly Problem[], exitCode: 1 | 2 = 1) {
    const list = Array.isArray(problems) ? (problems as readonly Problem[]) : [problems as Problem];
    super(describeProblems(list));
    this.problems = list;
    this.exitCode = exitCode;
  }
}

/** The problems as text: one paragraph each, grouped as given, the count at the end when there are several. */
export function describeProblems(problems: readonly Problem[]): string {
  const paragraphs = problems.map(({ where, message, remedy }) => {
    const first = where === undefined ? message : `${where}: ${message}`;
    return remedy === undefined ? first : `${first}\n  ${remedy}`;
  });
  if (problems.length > 1) paragraphs.push(`${problems.length} problems in total`);
  return paragraphs.join("\n");
}

/** Throws one UserError with all problems, if there are any. */
export function throwIfAny(problems: readonly Problem[], exitCode: 1 | 2 = 1): void {
  if (problems.length > 0) throw new UserError(problems, exitCode);
}

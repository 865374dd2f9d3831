import { execFile, type ExecFileOptions } from "node:child_process";

/** A git command that failed. */
export class GitError extends Error {
  override readonly name = "GitError";
  readonly stderr: string;
  constructor(args: readonly string[], stderr: string) {
    super(`git ${args[0]}: ${stderr.trim().split("\n").at(-1) ?? "failed"}`);
    this.stderr = stderr;
  }
}

/** Runs git in one repository. Output is never coloured or translated; nothing asks for a password. */
export class Git {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /**
   * Runs a git command and gives what it prints, without the last line break.
   * @throws GitError if it fails
   */
  run(
    args: readonly string[],
    { input, env }: { input?: string | Buffer; env?: Readonly<Record<string, string>> } = {},
  ): Promise<string> {
    const options: ExecFileOptions = {
      cwd: this.root,
      maxBuffer: 1 << 30,
      env: { ...process.env, LC_ALL: "C", GIT_TERMINAL_PROMPT: "0", GIT_OPTIONAL_LOCKS: "0", ...env },
    };
    return new Promise((resolve, reject) => {
      const child = execFile(
        "git",
        ["-c", "core.quotePath=false", ...args],
        options,
        (error, stdout, stderr) => {
          if (error === null) resolve(String(stdout).replace(/\n$/, ""));
          else
            reject(
              new GitError(
                args,
                (error as NodeJS.ErrnoException).code === "ENOENT"
                  ? "git is not installed"
                  : String(stderr) || error.message,
              ),
            );
        },
      );
      child.stdin?.on("error", () => undefined); // git ended before it read all: its exit code tells why
      child.stdin?.end(input);
    });
  }

  /** The same, or undefined where git says no. */
  async try(args: readonly string[]): Promise<string | undefined> {
    try {
      return await this.run(args);
    } catch (error) {
      if (error instanceof GitError) return undefined;
      throw error;
    }
  }

  /** The text of a file at a revision, or undefined if either does not exist. */
  show(revision: string, path: string): Promise<string | undefined> {
    return this.try(["cat-file", "blob", `${revision}:${path}`]);
  }

  /** The full hash of the commit that a revision names, or undefined. */
  commit(revision: string): Promise<string | undefined> {
    return this.try(["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`]);
  }

  async tags(): Promise<string[]> {
    const list = await this.run(["tag", "--list"]);
    return list === "" ? [] : list.split("\n");
  }
}

/** The root of the repository that holds `folder`, or undefined outside one. */
export function repositoryRoot(folder: string): Promise<string | undefined> {
  return new Git(folder).try(["rev-parse", "--show-toplevel"]);
}

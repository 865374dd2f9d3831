import { execFileSync } from "node:child_process";

/** A repository without a working tree, whose commits are sets of files. */
export class TextRepository {
  readonly root: string;
  #commits = 0;

  constructor(folder: string) {
    this.root = folder;
    execFileSync("git", ["init", "--quiet", "--initial-branch=main", this.root]);
  }

  /** Commits exactly these files. @returns the revision */
  commit(
    files: ReadonlyMap<string, string | Buffer> | Readonly<Record<string, string | Buffer>>,
    ref = "refs/heads/main",
  ): string {
    const all = files instanceof Map ? files : Object.entries(files as Record<string, string | Buffer>);
    const lines: Buffer[] = [
      Buffer.from(
        `commit ${ref}\ncommitter t <t@example.com> ${1_700_000_000 + ++this.#commits} +0000\ndata 1\nx\ndeleteall\n`,
      ),
    ];
    for (const [path, text] of all as Iterable<[string, string | Buffer]>) {
      const content = Buffer.from(text as string);
      lines.push(
        Buffer.from(`M 100644 inline ${path}\ndata ${content.length}\n`),
        content,
        Buffer.from("\n"),
      );
    }
    execFileSync("git", ["fast-import", "--quiet", "--force"], {
      cwd: this.root,
      input: Buffer.concat(lines),
    });
    return this.git("rev-parse", ref);
  }

  tag(name: string, revision: string): void {
    this.git("tag", "--force", name, revision);
  }

  git(...args: string[]): string {
    return execFileSync("git", args, {
      cwd: this.root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
  }
}

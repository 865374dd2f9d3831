import { execFile } from "node:child_process";
import { type Git, GitError } from "./git.ts";

/** A blob's bytes, which need not be text. @throws GitError if there is none */
export function readBlob(git: Git, blob: string): Promise<Buffer> {
  const args = ["cat-file", "blob", blob];
  return new Promise((resolve, reject) => {
    execFile(
      "git",
      args,
      { cwd: git.root, encoding: "buffer", maxBuffer: 1 << 30 },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new GitError(args, stderr.toString() || error.message));
      },
    );
  });
}

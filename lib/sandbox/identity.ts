import { literal } from "../fleet/literal.ts";
import type { EffectiveCluster } from "../effective/cluster.ts";
import { objectsOf } from "../effective/cluster.ts";
import type { Sandbox } from "../fleet/sandbox.ts";
import type { Problem } from "../fleet/user-error.ts";
import { clustersFolder } from "../synth/paths.ts";

type Json = Readonly<Record<string, unknown>>;

/**
 * What of a sandbox's identity its target would have after a return, though nothing of it may travel: its branch
 * as what Flux follows, its folder as what Flux applies. sandbox.yaml stays where it is; this finds what somebody
 * wrote by hand into a describing file. (A value that is unique to each cluster collides while both are there.)
 */
export function leakedIdentity(
  target: string,
  returned: EffectiveCluster,
  { name, sandbox }: { readonly name: string; readonly sandbox: Sandbox },
): Problem[] {
  const problems: Problem[] = [];
  const where = `${clustersFolder}/${name}`;
  const leaks = (message: string, remedy: string) => problems.push({ where, message, remedy });
  for (const { object } of objectsOf(returned)) {
    const { name: own } = object["metadata"] as { name: string };
    const spec = (object["spec"] ?? {}) as Json;
    const what = `${String(object["kind"])} ${own} of ${target}`;
    for (const ref of [spec["ref"], spec["sync"]].map((value) => (value ?? {}) as Json)) {
      const inner = ref["ref"];
      if (
        [ref["branch"], ref["name"], inner].some(
          (value) => value === sandbox.branch || value === `refs/heads/${sandbox.branch}`,
        )
      )
        leaks(
          `after the return ${what} would follow the sandbox's branch '${sandbox.branch}'`,
          "versions.yaml: track what the source tracks; sandbox.yaml alone says which branch the sandbox follows",
        );
      if (isFolderOf(ref["path"], name))
        leaks(`after the return ${what} would apply the sandbox's folder`, "take the path out of cluster.ts");
    }
    if (isFolderOf(spec["path"], name))
      leaks(`after the return ${what} would apply the sandbox's folder`, "take the path out of cluster.ts");
  }
  return problems;
}

/** Lines that a return adds and that name the sandbox: somebody should look. */
export function linesNaming(name: string, path: string, before: string, after: string): Problem[] {
  const known = new Set(before.split("\n"));
  return after.split("\n").flatMap((line, index) =>
    !known.has(line) && names(line, name)
      ? [
          {
            where: `${path}:${index + 1}`,
            message: `names '${name}', as the sandbox is called: ${line.trim().slice(0, 80)}`,
            remedy: "if it is the sandbox that is meant, make it a function of the cluster's name",
          },
        ]
      : [],
  );
}

const isFolderOf = (path: unknown, name: string): boolean =>
  typeof path === "string" && new RegExp(`(^|/)clusters/${literal(name)}(/|$)`).test(path);

/** Whether a text has the name as a word of its own. */
const names = (text: string, name: string): boolean =>
  new RegExp(`(?<![A-Za-z0-9_-])${literal(name)}(?![A-Za-z0-9_-])`).test(text);

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mergeTexts, mergeTrees } from "../../../lib/git/three-way.ts";
import {
  changed,
  describedBy,
  describingFiles,
  removalOf,
  type Tree,
} from "../../../lib/sandbox/describing.ts";
import { type Objects, proofDifferences } from "../../../lib/sandbox/proof.ts";

/*
 * The laws of a sandbox's life over generated fleets and edits. The merge is git's own; what a definition means is a
 * model: each file is an object, each line `key: value` a field of it, and one field is computed from all lines in
 * their order, so that a clean merge can still mean something that nobody tried.
 */

const runs = { numRuns: 1000 };
type Files = Tree<string>;

const value = fc.constantFrom("1", "2", "3", "${name}.example.com");
const line = fc.record({ key: fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h"), value });
const text = (lines: readonly { key: string; value: string }[], computes: boolean) =>
  `${computes ? "# computes\n" : ""}${lines.map((each) => `${each.key}: ${each.value}\n# about ${each.key}\n#\n`).join("")}`;
const file = fc
  .record({ lines: fc.array(line, { maxLength: 6 }), computes: fc.boolean() })
  .map((each) => text(each.lines, each.computes));

/** A fleet with `source`, a cluster nested in it, another beside it, and their manifests. */
const fleets: fc.Arbitrary<Files> = fc
  .record({
    definition: file,
    versions: file,
    more: fc.dictionary(fc.constantFrom("notes.md", "secrets/a.yaml", "lib/x.ts"), file),
    nested: file,
    other: file,
  })
  .map(({ definition, versions, more, nested, other }) =>
    synthesised(
      new Map([
        ["README.md", "a fleet\n"],
        ["clusters/fleet.ts", "export {};\n"],
        ["clusters/source/cluster.ts", definition],
        ["clusters/source/versions.yaml", versions],
        ...Object.entries(more).map(([path, content]) => [`clusters/source/${path}`, content] as const),
        ["clusters/source/west/cluster.ts", nested],
        ["clusters/source/west/versions.yaml", nested],
        ["clusters/source-b/cluster.ts", other],
        ["manifests/platform/services/a.yaml", "a: 1\n"],
      ]),
      ["source", "source-west", "source-b"],
    ),
  );

/** A change of one file of a cluster's folder. */
const edits = fc.array(
  fc.record({
    path: fc.constantFrom("cluster.ts", "versions.yaml", "notes.md", "lib/x.ts"),
    kind: fc.constantFrom("replace", "insert", "remove", "write", "delete"),
    at: fc.nat({ max: 20 }),
    line,
    whole: file,
  }),
  { minLength: 1, maxLength: 3 },
);
type Edit = typeof edits extends fc.Arbitrary<readonly (infer E)[]> ? E : never;

function edited(tree: Files, folder: string, all: readonly Edit[]): Files {
  const files = new Map(tree);
  for (const { path, kind, at, line: own, whole } of all) {
    const full = `clusters/${folder}/${path}`;
    const before = files.get(full);
    if (kind === "write" || before === undefined) {
      if (kind === "write") files.set(full, whole);
      continue;
    }
    if (kind === "delete") {
      if (path !== "cluster.ts" && path !== "versions.yaml") files.delete(full);
      continue;
    }
    const lines = before.split("\n").slice(0, -1);
    const index = lines.length === 0 ? 0 : at % lines.length;
    lines.splice(
      index,
      kind === "insert" ? 0 : 1,
      ...(kind === "remove" ? [] : [`${own.key}: ${own.value}`]),
    );
    files.set(full, lines.map((each) => `${each}\n`).join(""));
  }
  return files;
}

const folderOf = (name: string) => (name === "source-west" ? "source/west" : name);

/** What a cluster is, under a name. */
function effective(files: Files, name: string): Objects {
  const objects = new Map<string, Record<string, unknown>>();
  for (const [path, content] of files) {
    const fields: Record<string, unknown> = {};
    const lines = content.split("\n");
    for (const each of lines) {
      const match = /^(\w+): (.*)$/.exec(each);
      if (match !== null) fields[match[1]!] = match[2]!.replaceAll("${name}", name);
    }
    if (lines.includes("# computes")) fields["all"] = lines.filter((each) => /^\w+: /.test(each)).join(";");
    objects.set(path, fields);
  }
  return objects;
}

/** The tree with the manifests of these clusters made anew. */
function synthesised(tree: Files, names: readonly string[]): Files {
  const files = new Map(tree);
  for (const name of names) {
    for (const path of files.keys()) if (path.startsWith(`manifests/clusters/${name}/`)) files.delete(path);
    for (const [path, fields] of effective(describingFiles(tree, folderOf(name)), name))
      files.set(`manifests/clusters/${name}/${path}.yaml`, JSON.stringify(fields));
  }
  return files;
}

function create(tree: Files, name: string): Files {
  const clone = [...describingFiles(tree, "source")].map(
    ([path, content]) => [`clusters/${name}/${path}`, content] as const,
  );
  const own = [`clusters/${name}/sandbox.yaml`, "from: source\n"] as const;
  return synthesised(new Map([...tree, ...clone, own]), [name]);
}

const labels = { ours: "source", base: "base", theirs: "sandbox" };
const merge = (base: Files, ours: Files, theirs: Files) =>
  mergeTrees(base, ours, theirs, mergeTexts(labels), labels);

type Outcome = Files | "conflict" | "stopped";

/** A return as `sluice sandbox return` does it. @param base the source's files that the sandbox is a clone of */
async function giveBack(base: Files, tree: Files, name: string): Promise<Outcome> {
  const [ours, theirs] = [describingFiles(tree, "source"), describingFiles(tree, name)];
  const { files, conflicts } = await merge(base, ours, theirs);
  if (conflicts.length > 0) return "conflict";
  const at = (described: Files) => effective(described, "source");
  const differences = proofDifferences(
    { before: at(base), after: at(theirs) },
    { before: at(ours), after: at(files) },
  );
  if (differences.length > 0) return "stopped";
  return synthesised(changed(tree, describedBy(tree, "source", files)), ["source"]);
}

/** What a sandbox was edited into is in the source, and else the source is as it was: told field by field, without the library. */
function expectEdits(before: Objects, after: Objects, source: Objects, returned: Objects): void {
  for (const path of new Set([...before.keys(), ...after.keys(), ...source.keys(), ...returned.keys()])) {
    const [x0, x1, s0, s1] = [before, after, source, returned].map((objects) => objects.get(path));
    if ((x0 === undefined) !== (x1 === undefined)) expect(s1 === undefined, path).toBe(x1 === undefined);
    else expect(s1 === undefined, path).toBe(s0 === undefined);
    for (const key of Object.keys({ ...x0, ...x1, ...s0, ...s1 })) {
      if (s1 === undefined) continue;
      const wanted = x0?.[key] === x1?.[key] ? s0?.[key] : x1?.[key];
      expect(s1[key], `${path} ${key}`).toBe(wanted);
    }
  }
}

describe("over 1,000 generated fleets", () => {
  it("create then delete restores the tree byte for byte", () => {
    fc.assert(
      fc.property(fleets, edits, (fleet, own) => {
        const work = synthesised(edited(create(fleet, "sandbox"), "sandbox", own), ["sandbox"]);
        const left = changed(work, removalOf(work, "sandbox", "sandbox"));
        expect([...left].sort()).toEqual([...fleet].sort());
      }),
      runs,
    );
  });

  it("create then return changes nothing, also where the source has moved", async () => {
    await fc.assert(
      fc.asyncProperty(fleets, fc.option(edits, { nil: [] }), async (fleet, theirs) => {
        const work = synthesised(edited(create(fleet, "sandbox"), "source", theirs), ["source"]);
        expect(await giveBack(describingFiles(fleet, "source"), work, "sandbox")).toEqual(work);
      }),
      runs,
    );
  });

  it(
    "create, edit, return gives the source the sandbox's effective change, or says why not",
    { timeout: 300_000 },
    async () => {
      const outcomes = { conflict: 0, stopped: 0, returned: 0 };
      await fc.assert(
        fc.asyncProperty(fleets, edits, fc.option(edits, { nil: [] }), async (fleet, own, theirs) => {
          const base = describingFiles(fleet, "source");
          const work = synthesised(
            edited(edited(create(fleet, "sandbox"), "sandbox", own), "source", theirs),
            ["source", "sandbox"],
          );
          const result = await giveBack(base, work, "sandbox");
          if (typeof result === "string") {
            outcomes[result]++;
            // Where nobody else was there, nothing can be in the way.
            expect(theirs).not.toEqual([]);
            return;
          }
          outcomes.returned++;
          const at = (tree: Files, folder: string) => effective(describingFiles(tree, folder), "source");
          expectEdits(
            effective(base, "source"),
            at(work, "sandbox"),
            at(work, "source"),
            at(result, "source"),
          );
          // Nothing but the source has changed, and nothing of the sandbox is in it.
          for (const [path, content] of work)
            if (!/^(manifests\/)?clusters\/(clusters\/)?source\/(?!west\/)/.test(path))
              expect(result.get(path)).toBe(content);
          expect(result.has("clusters/source/sandbox.yaml")).toBe(false);
        }),
        runs,
      );
      // Of each kind there have to be many, or the law says nothing.
      expect(outcomes.returned).toBeGreaterThan(400);
      expect(outcomes.conflict).toBeGreaterThan(20);
      expect(outcomes.stopped).toBeGreaterThan(0);
    },
  );

  it("sync then return is return", { timeout: 300_000 }, async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(fleets, edits, fc.option(edits, { nil: [] }), async (fleet, own, theirs) => {
        const base = describingFiles(fleet, "source");
        const work = edited(edited(create(fleet, "sandbox"), "sandbox", own), "source", theirs);
        const straight = await giveBack(base, work, "sandbox");
        const now = describingFiles(work, "source");
        const { files, conflicts } = await merge(base, describingFiles(work, "sandbox"), now);
        // A conflict is one from either side. What the proof stops is looked at by its author, after the sync.
        expect(conflicts.length > 0).toBe(straight === "conflict");
        if (typeof straight === "string") return;
        const synced = changed(work, describedBy(work, "sandbox", files));
        const result = await giveBack(now, synced, "sandbox");
        expect(typeof result).not.toBe("string");
        expect(describingFiles(result as Files, "source")).toEqual(describingFiles(straight, "source"));
        compared++;
      }),
      runs,
    );
    expect(compared).toBeGreaterThan(400);
  });

  it("returns of independent sandboxes commute", { timeout: 300_000 }, async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(fleets, edits, edits, async (fleet, first, second) => {
        const base = describingFiles(fleet, "source");
        const work = edited(edited(create(create(fleet, "one"), "two"), "one", first), "two", second);
        const both = async (...names: string[]): Promise<Outcome> => {
          let tree: Outcome = work;
          for (const name of names) if (typeof tree !== "string") tree = await giveBack(base, tree, name);
          return tree;
        };
        const [there, back] = [await both("one", "two"), await both("two", "one")];
        // What both changed in contradiction is a conflict in either order. Where one's edits change what the other's
        // mean, they are not independent, and the proof may stop the one order alone: never a silent loss.
        expect([there, back].filter((outcome) => outcome === "conflict")).not.toHaveLength(1);
        if (typeof there === "string" || typeof back === "string") return;
        expect(describingFiles(there, "source")).toEqual(describingFiles(back, "source"));
        compared++;
      }),
      runs,
    );
    expect(compared).toBeGreaterThan(300);
  });
});

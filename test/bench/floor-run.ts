// The floor: printing a fleet's objects with js-yaml and writing the same bytes to the same files, constructing
// nothing. node floor-run.ts ROOT TARGET: reads the manifests of ROOT (not timed), writes them below TARGET.
import { dump, loadAll } from "js-yaml";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const [root, target] = process.argv.slice(2) as [string, string];
const files = readdirSync(join(root, "manifests"), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => {
    const path = join(entry.parentPath, entry.name);
    const text = readFileSync(path, "utf8");
    const objects =
      path.endsWith(".yaml") && !path.endsWith("/kustomization.yaml") ? loadAll(text) : undefined;
    return { path: path.slice(root.length), text, header: text.slice(0, text.indexOf("\n") + 1), objects };
  });

const begin = performance.now();
const made = new Set<string>();
let bytes = 0;
for (const { path, text, header, objects } of files) {
  const content =
    objects === undefined
      ? text
      : header + objects.map((object) => dump(object, { lineWidth: -1, noRefs: true })).join("---\n");
  const file = join(target, path);
  const folder = dirname(file);
  if (!made.has(folder)) {
    mkdirSync(folder, { recursive: true });
    made.add(folder);
  }
  writeFileSync(file, content);
  bytes += content.length;
}
const milliseconds = performance.now() - begin;
for (const { path, text } of files)
  if (readFileSync(join(target, path), "utf8") !== text)
    throw new Error(`the floor wrote other bytes: ${path}`);
console.log(JSON.stringify({ milliseconds, bytes, files: files.length }));

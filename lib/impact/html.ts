import { groupImpact } from "./group.ts";
import { describeName } from "../flux/object-name.ts";
import { showClusters, showField, signs } from "./show-fields.ts";
import { type IsProtected, whenLater } from "./text.ts";
import type { Impact } from "./review.ts";

/** An impact as one page that needs nothing else. */
export function impactHtml(impact: Impact, isProtected: IsProtected): string {
  const { base, head, clusters, total, later } = impact;
  const sections = groupImpact(impact).map(
    ({ clusters: names, changes, failures, unknown, clusterChange }) => {
      const guarded = names.filter(isProtected);
      const items = changes.map(({ object, change, fields, unit, dangers }) => {
        const lines = fields
          .flatMap((field) => showField(field))
          .map(escape)
          .join("\n");
        const marks = dangers.map((danger) => `<p class="danger">${escape(danger)}</p>`).join("");
        return `<details class="${change}"${dangers.length > 0 ? " open" : ""}><summary>${signs[change]} ${escape(describeName(object))} <small>${escape(unit)}</small></summary>${marks}${lines === "" ? "" : `<pre>${lines}</pre>`}</details>`;
      });
      return [
        `<section><h2>${escape(showClusters(names))}</h2>`,
        clusterChange === undefined ? "" : `<p>The cluster is ${clusterChange}.</p>`,
        guarded.length === 0 ? "" : `<p class="danger">protected: ${escape(showClusters(guarded))}</p>`,
        ...failures.map(
          ({ unit, message }) => `<p class="danger">${escape(unit)} will fail: ${escape(message)}</p>`,
        ),
        ...items,
        ...unknown.map(({ unit, message }) => `<p class="unknown">${escape(unit)}: ${escape(message)}</p>`),
        "</section>",
      ].join("\n");
    },
  );
  const waits = [...whenLater(later)].map(
    ([when, names]) => `<li>${escape(showClusters(names))}: ${escape(when)}</li>`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Impact of ${escape(head)}</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #222; background: #fff }
details { border-left: 4px solid #ccc; margin: .3rem 0; padding: .1rem .6rem } summary { cursor: pointer }
.added { border-color: #2a2 } .changed { border-color: #c90 } .removed { border-color: #c22 }
.danger { color: #b00 } .unknown, small { color: #666 } pre { overflow-x: auto; white-space: pre-wrap }
@media (prefers-color-scheme: dark) { body { background: #111; color: #ddd } .danger { color: #f66 } }
</style>
<h1>${escape(head)} against ${escape(base)}</h1>
<p>${clusters.length} of ${total} clusters change.</p>
${sections.join("\n")}
${waits.length === 0 ? "" : `<section><h2>Later</h2><ul>${waits.join("\n")}</ul></section>`}
</html>
`;
}

const entities: Readonly<Record<string, string>> = { "<": "&lt;", ">": "&gt;", "&": "&amp;", '"': "&quot;" };
const escape = (text: string): string => text.replace(/[<>&"]/g, (character) => entities[character]!);

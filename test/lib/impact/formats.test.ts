import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ClusterImpact, ObjectChange } from "../../../lib/impact/impact.ts";
import { impactHtml } from "../../../lib/impact/html.ts";
import { impactMarkdown } from "../../../lib/impact/markdown.ts";
import type { Impact } from "../../../lib/impact/review.ts";
import { impactText } from "../../../lib/impact/text.ts";

const plain = (_: string, text: string) => text;
const none = () => false;

const change = (name: string, more: Partial<ObjectChange> = {}): ObjectChange => ({
  object: { apiVersion: "v1", kind: "ConfigMap", namespace: "apps", name },
  change: "changed",
  fields: [{ path: "data.key", before: "a", after: "b" }],
  unit: "flux-system/apps",
  file: "apps/config.yaml",
  dangers: [],
  ...more,
});
const cluster = (name: string, changes: readonly ObjectChange[], more: Partial<ClusterImpact> = {}) => ({
  cluster: name,
  clusterChange: undefined,
  changes,
  failures: [],
  unknown: [],
  ...more,
});
const impact = (clusters: readonly ClusterImpact[], more: Partial<Impact> = {}): Impact => ({
  base: "main",
  head: "the working tree",
  clusters,
  total: clusters.length,
  later: [],
  ...more,
});

const words =
  "the artifact oci://registry.example.com/fleet/platform:1.4.2 cannot be read because nobody answers ";
const wide = impact(
  [
    cluster(
      "production",
      [
        change("a".repeat(60), {
          fields: [
            {
              path: "spec.template.spec.containers[web].image",
              before: "x".repeat(90),
              after: "y".repeat(90),
            },
            { path: `data["${"long-".repeat(40)}"]`, before: 1, after: { deep: ["z".repeat(200)] } },
            { path: "data.text", before: "one\ntwo\n", after: `one\n${"three ".repeat(50)}\n` },
          ],
          dangers: [words.repeat(3)],
        }),
      ],
      {
        failures: [{ unit: "flux-system/apps", message: words.repeat(3) }],
        unknown: [{ unit: "flux-system/infrastructure", message: words.repeat(2) }],
      },
    ),
  ],
  { later: [{ cluster: "staging-of-the-north", bundle: "platform", when: words }] },
);

describe("text", () => {
  test.each([80, 120])("fits into %i columns", (width) => {
    const lines = impactText(wide, () => true, plain, width).split("\n");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
    // Nothing that is said in words is cut.
    expect(lines.join(" ").replace(/\s+/g, " ")).toContain(`${words.repeat(3).trim()}`);
  });

  test("puts the values of a field side by side where they fit", () => {
    expect(impactText(impact([cluster("production", [change("settings")])]), none, plain, 80)).toBe(
      [
        "the working tree against main: it changes 1 of 1 clusters",
        "",
        "production",
        "  ~ ConfigMap apps/settings (flux-system/apps)",
        "      data.key: a → b",
      ].join("\n"),
    );
  });

  test("tells the same change on many clusters once", () => {
    const text = impactText(
      impact([
        cluster("edge-1", [change("x")]),
        cluster("edge-2", [change("x")]),
        cluster("edge-3", [change("x"), change("y")]),
      ]),
      none,
      plain,
    );
    expect(text.match(/ConfigMap apps\/x/g)).toHaveLength(1);
    expect(text).toContain("edge-1, edge-2, edge-3 (3 clusters)");
  });

  test("says what nothing reaches", () => {
    expect(impactText(impact([], { total: 4 }), none, plain)).toBe(
      "the working tree against main: it changes no cluster",
    );
  });
});

describe("markdown", () => {
  const many = (clusters: number, objects: number, notes = 0) =>
    impact(
      Array.from({ length: clusters }, (_, c) =>
        cluster(
          `cluster-${c}`,
          Array.from({ length: objects }, (_, o) =>
            change(`object-${c}-${o}`, { dangers: o < notes ? ["deletes everything in the namespace"] : [] }),
          ),
        ),
      ),
    );

  test.each([
    ["one object", many(1, 1)],
    ["a thousand objects", many(1, 1000)],
    ["a hundred clusters, each its own way", many(100, 50)],
    ["ten thousand objects, all of them dangerous", many(5, 2000, 2000)],
    ["a thousand clusters, each its own way", many(1000, 3, 3)],
  ])("of %s fits into a comment of any code host, and every block is closed", (_, found) => {
    const text = impactMarkdown(found, none);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(32_768);
    expect(text.match(/<details>/g)?.length).toBe(text.match(/<\/details>/g)?.length);
    expect((text.match(/^```/gm)?.length ?? 0) % 2).toBe(0);
    expect(text).toContain(`**${found.clusters.length} of ${found.total} clusters change**`);
    for (const name of ["cluster-0"]) expect(text).toContain(`### ${name}`);
  });

  test("says that it is shortened, and where the rest is", () => {
    expect(impactMarkdown(many(1, 1000), none)).toContain("`sluice impact` tells all of it");
    expect(impactMarkdown(many(1, 1), none)).not.toContain("tells all of it");
  });

  test("takes nothing of a manifest for a mention, a link, HTML or the end of a block", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("@team", "[a](http://x)", "```", "</details>", "<img src=x>", "`", "\n", "# h", "a"), { maxLength: 6 }),
        (parts) => {
          const text = parts.join("");
          const markdown = impactMarkdown(
            impact([
              cluster("c", [change(text, { dangers: [text], fields: [{ path: text, before: text, after: "b" }] })], {
                failures: [{ unit: text, message: text }],
              }),
            ]),
            none,
          );
          const blocks = markdown.split(/^```.*$/m);
          expect(blocks).toHaveLength(3);
          const prose = `${blocks[0]}${blocks[2]}`.replace(/`[^`\n]*`/g, "");
          expect(prose).not.toMatch(/(?<!\\)@|(?<!\\)<(?!details>|\/details>|summary>|\/summary>)|(?<!\\)\[/);
        },
      ),
    );
  }); // prettier-ignore
});

describe("html", () => {
  test("shows each field", () => {
    expect(impactHtml(impact([cluster("production", [change("x"), change("y")])]), none)).toContain(
      "<pre>data.key: a → b</pre>",
    );
  });

  test("takes nothing of a manifest for HTML, and loads nothing", () => {
    const evil = `<script>alert(1)</script><img src="x" onerror='y'>`;
    const html = impactHtml(
      impact([cluster(evil, [change(evil, { dangers: [evil], fields: [{ path: evil, before: evil, after: 1 }] })])], {
        head: evil,
        later: [{ cluster: evil, bundle: evil, when: evil }],
      }),
      () => true,
    );
    expect(html).not.toMatch(/<script|<img|<link|src="|url\(/);
    expect(html).toContain("&lt;script&gt;");
  }); // prettier-ignore
});

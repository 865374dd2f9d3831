import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { program } from "../cli/program.ts";
import { rules } from "../lib/check/rules/index.ts";
import { parseContract } from "../lib/fleet/contract.ts";
import { facts } from "../lib/fleet/facts.ts";
import { releasesIn } from "./charts/releases.ts";
import { platformObjects } from "./charts/objects.ts";

const root = join(import.meta.dirname, "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const pages = [
  "README.md",
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".md"))
    .map((path) => `docs/${path}`),
];

/** The rows of a page's tables: their cells as text, without markup. */
const rows = (text: string): string[][] =>
  [...text.matchAll(/^\| (?!-)(.+) \|$/gm)].map(([, row]) =>
    row!.split(/ \| |\s+\|\s+/).map((cell) => cell.replaceAll("`", "").trim()),
  );

/** Heading to anchor, as code hosts make it. */
const anchor = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, "")
    .replaceAll(" ", "-");

describe("the documentation", () => {
  it("links to files and headings that exist", () => {
    const broken: string[] = [];
    for (const page of pages)
      for (const [, target] of read(page).matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
        const [path = "", heading] = target!.split("#");
        const file = path === "" ? page : join(dirname(page), path);
        if (!existsSync(join(root, file))) broken.push(`${page}: ${target}`);
        else if (heading !== undefined) {
          const anchors = [...read(file).matchAll(/^#+ (.+)$/gm)].map(([, text]) => anchor(text!));
          if (!anchors.includes(heading)) broken.push(`${page}: ${target}`);
        }
      }
    expect(broken).toEqual([]);
    expect(pages.length).toBeGreaterThan(10);
  });

  it("lists each variable of the platform with its type and default", () => {
    const { variables } = parseContract(read("manifests/platform/bundle.json"));
    const listed = rows(read("docs/reference/platform.md"));
    for (const [name, { type, giver, default: fallback }] of Object.entries(variables))
      expect(listed.find(([cell]) => cell === name)?.slice(0, 3)).toEqual([
        name,
        type,
        giver === "cluster" ? "has to be given" : String(fallback),
      ]);
  });

  it("lists each chart of the platform at its version", () => {
    const listed = rows(read("docs/reference/platform.md"));
    const releases = releasesIn(platformObjects());
    expect(releases.length).toBeGreaterThan(5);
    for (const { chart, version } of releases)
      expect(
        listed.some((row) => row.join(" ").includes(chart) && row.includes(version)),
        `${chart} ${version}`,
      ).toBe(true);
  });

  it("lists each fact of a cluster", () => {
    const text = read("docs/reference/definitions.md");
    for (const fact of Object.keys(facts)) expect(text).toContain(`\`${fact}\``);
  });

  it("lists each option of the commands that it describes, and no other", () => {
    const sections = read("docs/reference/cli.md")
      .split(/^## sluice /m)
      .slice(1);
    for (const section of sections) {
      const names = section
        .split("\n")[0]!
        .split(" ")
        .filter((word) => /^[a-z]/.test(word));
      const command = names.reduce<Command | undefined>(
        (parent, name) => parent?.commands.find((child) => child.name() === name),
        program,
      );
      const listed = rows(section).flatMap(([cell]) => /^--[\w-]+/.exec(cell!)?.[0] ?? []);
      expect(listed.toSorted(), names.join(" ")).toEqual(command?.options.map(({ long }) => long).toSorted());
    }
    expect(sections.length).toBeGreaterThan(2);
  });

  it("lists each rule of the check with its severity, in their order", () => {
    const sections = read("docs/reference/check-rules.md")
      .split(/^## /m)
      .slice(1)
      .map((section) => section.split("\n"));
    expect(sections.map(([name]) => name)).toEqual(rules.map(({ name }) => name));
    sections.forEach(([, , text], index) => {
      expect(text!.toLowerCase(), rules[index]!.name).toMatch(new RegExp(`^_${rules[index]!.severity}`));
    });
  });

  it("has the bars that the bench has", () => {
    const bars = new Map(
      [...read("test/bench/main.ts").matchAll(/key: "([\w.]+)",[^}]*?limit: ([^,]+),/g)].map(
        ([, key, limit]) => [key, limit!.replaceAll(" ", "")],
      ),
    );
    const listed = rows(read("README.md")).filter(([key]) => /^(synth|cli|check)\.\w+$/.test(key!));
    expect(listed.length).toBeGreaterThan(5);
    for (const [key, , bar] of listed) expect(bar!.replaceAll(/,| MiB/g, ""), key).toBe(bars.get(key));
  });
});

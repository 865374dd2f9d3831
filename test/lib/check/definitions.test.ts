import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { definitionsIn } from "../../../lib/check/definitions.ts";
import { temporaryFolder } from "../../support/fleet.ts";

const definition = (kind: string) => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `${kind.toLowerCase()}s.example.com` },
  spec: {
    group: "example.com",
    scope: "Cluster",
    names: { kind, plural: `${kind.toLowerCase()}s` },
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
  },
});

function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

describe("a folder of definitions", () => {
  it("is read however deep, as YAML, JSON and lists", () => {
    const kinds = definitionsIn(
      folderOf({
        "a.yaml": `${JSON.stringify(definition("A"))}\n---\n${JSON.stringify(definition("B"))}\n`,
        "deep/er/c.json": JSON.stringify({ apiVersion: "v1", kind: "List", items: [definition("C")] }),
        "chart/templates/broken.yaml": "{{ if .Values.x }}\n",
        "notes.txt": "no: [yaml",
      }),
    );
    expect([...kinds.keys()]).toEqual(["example.com/v1 A", "example.com/v1 B", "example.com/v1 C"]);
    expect(kinds.get("example.com/v1 A")).toMatchObject({ namespaced: false, served: true });
  });

  it("that holds none is a mistake", () => {
    expect(() => definitionsIn(folderOf({ "a.yaml": "kind: ConfigMap\n" }))).toThrow(
      "holds no CustomResourceDefinition",
    );
  });

  it("that is not there is one", () => {
    expect(() => definitionsIn("/nowhere/at/all")).toThrow("is no folder that can be read");
  });

  it("with a broken file names its line", () => {
    const folder = folderOf({ "a.yaml": "kind: CustomResourceDefinition\nspec: [\n" });
    expect(() => definitionsIn(folder)).toThrow(/a\.yaml:\d+/);
  });
});

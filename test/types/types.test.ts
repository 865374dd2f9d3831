import { join } from "node:path";
import ts from "typescript";
import { beforeAll, describe, expect, it } from "vitest";
import { compiles, mistakes, preamble } from "./mistakes.ts";

const folder = import.meta.dirname;
const names = `import { boolean, Chart, defineCluster, defineClusters, development, eks, GitRepository, HelmRelease, kind, Kustomization, number, Platform, text, type Track } from "./virtual-fleet.ts";\nvoid [boolean, Chart, defineCluster, defineClusters, development, eks, GitRepository, HelmRelease, kind, Kustomization, number, Platform, text];\nexport type T = Track;\n`;
const clusterOf = (body: string) => `export default defineCluster(() => (${body}));\n`;

/** The messages that the compiler has for each of several files that exist only here. */
function messages(files: ReadonlyMap<string, string>): Map<string, string[]> {
  const config = ts.readConfigFile(join(folder, "../../tsconfig.json"), (path) => ts.sys.readFile(path)) as {
    config: unknown;
  };
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, join(folder, "../.."));
  const host = ts.createCompilerHost({ ...options, incremental: false });
  const virtual = new Map([...files].map(([name, text]) => [join(folder, name), text]));
  const real = { ...host };
  host.fileExists = (path) => virtual.has(path) || real.fileExists(path);
  host.readFile = (path) => virtual.get(path) ?? real.readFile(path);
  host.getSourceFile = (path, target, ...rest) =>
    virtual.has(path)
      ? ts.createSourceFile(path, virtual.get(path)!, target)
      : real.getSourceFile(path, target, ...rest);
  const program = ts.createProgram(
    [...virtual.keys()],
    { ...options, incremental: false, tsBuildInfoFile: undefined, noUnusedLocals: false },
    host,
  );
  return new Map(
    [...files.keys()].map((name) => {
      const source = program.getSourceFile(join(folder, name))!;
      return [
        name,
        [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
          ({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"),
        ),
      ];
    }),
  );
}

let found: Map<string, string[]>;
beforeAll(() => {
  const files = new Map([["virtual-fleet.ts", preamble]]);
  compiles.forEach((body, index) => files.set(`virtual-good-${index}.ts`, names + clusterOf(body)));
  mistakes.forEach(({ cluster, file }, index) =>
    files.set(`virtual-bad-${index}.ts`, names + (cluster === undefined ? `${file!}\n` : clusterOf(cluster))),
  );
  found = messages(files);
});

describe("what compiles", () => {
  it("is the fleet itself", () => expect(found.get("virtual-fleet.ts")).toEqual([]));
  it.each(compiles.map((body, index) => [body, index] as const))("is %s", (_, index) =>
    expect(found.get(`virtual-good-${index}.ts`)).toEqual([]),
  );
});

describe("a definition does not compile that", () => {
  it.each(mistakes.map((mistake, index) => [mistake.what, mistake.says, index] as const))(
    "%s",
    (_, says, index) => {
      const told = found.get(`virtual-bad-${index}.ts`)!.join("\n");
      expect(told).not.toBe("");
      for (const words of says) expect(told).toContain(words);
    },
  );
});

import { styleText } from "node:util";
import { definitionsIn } from "../../lib/check/definitions.ts";
import type { CheckReport } from "../../lib/check/report.ts";
import { checkRepository } from "../../lib/check/run.ts";
import { ArtifactReader } from "../../lib/effective/artifacts.ts";
import { UserError } from "../../lib/fleet/user-error.ts";
import { Git } from "../../lib/git/git.ts";
import { printNotices } from "../report.ts";
import { openManifests } from "../repository.ts";

/** Options of the command. */
export interface CheckCommandOptions {
  readonly cluster?: readonly string[];
  readonly path?: readonly string[];
  readonly definitions?: string;
  readonly kubernetes?: string;
  readonly format: "text" | "json" | "sarif";
  readonly json?: boolean;
  readonly registry: boolean;
  readonly live?: boolean;
  readonly context?: string;
  readonly kubeconfig?: string;
}

/** `sluice check`: whether what Flux will apply to each cluster will work. Exit code 1 if there are errors. */
export async function check(options: CheckCommandOptions): Promise<void> {
  const {
    cluster,
    path = [],
    definitions,
    kubernetes,
    registry,
    live = false,
    context,
    kubeconfig,
  } = options;
  if (kubernetes !== undefined && !/^v?1\.\d+(\.|$)/.test(kubernetes))
    throw new UserError({ message: `--kubernetes '${kubernetes}' is no version such as 1.35` }, 2);
  if (!live && (context !== undefined || kubeconfig !== undefined))
    throw new UserError(
      { message: "--context and --kubeconfig name the cluster that --live asks", remedy: "add --live" },
      2,
    );
  const root = await openManifests(path);
  const report = await checkRepository(new Git(root), {
    paths: path,
    clusters: cluster,
    kinds: definitions === undefined ? undefined : definitionsIn(definitions),
    kubernetes,
    artifacts: registry ? new ArtifactReader() : undefined,
    ...(live
      ? {
          ask: async (fleet) => (await import("../ask-clusters.ts")).askClusters(fleet, context, kubeconfig),
        }
      : {}),
    today: new Date().toISOString().slice(0, 10),
  });
  await print(report, options.json === true ? "json" : options.format);
  if (report.problems.some(({ severity }) => severity === "error")) process.exitCode = 1;
}

async function print(report: CheckReport, format: CheckCommandOptions["format"]): Promise<void> {
  switch (format) {
    case "text": {
      const { checkText } = await import("../../lib/check/text.ts");
      console.log(checkText(report, (style, text) => styleText(style, text)));
      printNotices(report.notices);
      return;
    }
    case "json":
      console.log(JSON.stringify(report, null, 2));
      return;
    case "sarif": {
      const [{ checkSarif }, { rules }] = await Promise.all([
        import("../../lib/check/sarif.ts"),
        import("../../lib/check/rules/index.ts"),
      ]);
      console.log(JSON.stringify(checkSarif(report, rules), null, 2));
      return;
    }
  }
}

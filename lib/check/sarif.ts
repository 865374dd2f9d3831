import type { CheckProblem, CheckReport, ProblemPlace } from "./report.ts";
import type { Rule } from "./rule.ts";

const schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
const documentation = "docs/reference/check-rules.md";

/**
 * A check as SARIF 2.1.0, which code hosts show beside the lines of a change. A problem is told at its manifest and,
 * as a related place, at the TypeScript that made it; one in a release that the checkout does not hold only at the
 * latter. What could not be checked are notifications of the run, which fail nothing.
 */
export function checkSarif({ problems, unchecked, notices }: CheckReport, rules: readonly Rule[]): object {
  const notifications = [
    ...unchecked.map(({ clusters, message, remedy }) => ({
      level: "note",
      message: { text: `Not checked on ${clusters.join(", ")}: ${sentence(message, remedy)}` },
    })),
    ...notices.map(({ where, message, remedy }) => ({
      level: "warning",
      message: { text: `${where === undefined ? "" : `${where}: `}${sentence(message, remedy)}` },
    })),
  ];
  return {
    $schema: schema,
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "Sluice",
            rules: rules.map(({ name, description, severity }) => ({
              id: name,
              shortDescription: { text: description },
              help: { text: `See ${documentation}#${name}` },
              defaultConfiguration: { level: severity },
            })),
          },
        },
        columnKind: "utf16CodeUnits",
        invocations: [{ executionSuccessful: true, toolExecutionNotifications: notifications }],
        results: problems.map((problem) => resultOf(problem, rules)),
      },
    ],
  };
}

function resultOf(problem: CheckProblem, rules: readonly Rule[]): object {
  const { rule, severity, clusters, object, message, remedy, places } = problem;
  const manifests = distinct(places.flatMap((place) => (place.revision === undefined ? fileOf(place) : [])));
  const makers = distinct(places.flatMap(makerOf));
  const locations = manifests.length > 0 ? manifests : makers;
  const on = clusters.length > 10 ? `${clusters.length} clusters` : clusters.join(", ");
  return {
    ruleId: rule,
    ruleIndex: rules.findIndex(({ name }) => name === rule),
    level: severity,
    message: { text: `${object} on ${on}: ${sentence(message, remedy)}` },
    locations: locations.slice(0, 10).map((place) => ({ physicalLocation: physical(place) })),
    ...(manifests.length > 0 && makers.length > 0
      ? {
          relatedLocations: makers.slice(0, 10).map((place, id) => ({
            id,
            message: { text: "made here" },
            physicalLocation: physical(place),
          })),
        }
      : {}),
    // Lines move; what a problem is about does not.
    partialFingerprints: { "sluice/v1": [rule, object, problem.field ?? "", message].join("|") },
    properties: { clusters },
  };
}

interface File {
  readonly file: string;
  readonly line: number | undefined;
}

const fileOf = ({ file, line }: ProblemPlace): File[] => (file === undefined ? [] : [{ file, line }]);

function makerOf({ made }: ProblemPlace): File[] {
  const match = /^(\S+):(\d+)/.exec(made ?? "");
  return match === null ? [] : [{ file: match[1]!, line: Number(match[2]) }];
}

const distinct = (files: readonly File[]): File[] => [
  ...new Map(files.map((file) => [`${file.file}:${file.line}`, file])).values(),
];

const physical = ({ file, line }: File): object => ({
  artifactLocation: { uri: file.split("/").map(encodeURIComponent).join("/"), uriBaseId: "%SRCROOT%" },
  ...(line === undefined ? {} : { region: { startLine: line } }),
});

const sentence = (message: string, remedy: string | undefined): string =>
  `${message}.${remedy === undefined ? "" : ` To do: ${remedy}.`}`;

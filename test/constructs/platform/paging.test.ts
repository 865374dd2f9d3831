/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-return -- objects are looked into at any depth */
import { describe, expect, test } from "vitest";
import { KubePrometheusStack, type Paging } from "../../../constructs/platform/index.ts";
import { factsOf } from "../../../lib/fleet/facts.ts";
import { defineEnvironmentType, type EnvironmentType } from "../../../lib/fleet/environment-types.ts";
import { madeBy, only } from "./made.ts";

interface Interval {
  readonly times?: readonly { readonly start_time: string; readonly end_time: string }[];
  readonly weekdays?: readonly string[];
  readonly years?: readonly string[];
  readonly location?: string;
}

/** Alertmanager's configuration in a cluster whose type says when to page. */
function alertmanagerOf(alerting: EnvironmentType["alerting"]) {
  const type = defineEnvironmentType({
    name: "some",
    scaling: { nodes: { min: 1, max: 1 } },
    availability: { zones: 1, replicas: 1 },
    capacity: "spot",
    protected: false,
    alerting,
  });
  const facts = factsOf({ name: "some", type, provider: { kind: "kind" } } as never);
  const paging: Paging = {
    when: facts.cluster_alerting,
    days: facts.cluster_alerting_days,
    start: facts.cluster_alerting_start,
    end: facts.cluster_alerting_end,
    timeZone: facts.cluster_alerting_zone,
  };
  const made = madeBy((scope) => new KubePrometheusStack(scope, "metrics", { paging }));
  return only(made, "HelmRelease")["spec"].values.alertmanager;
}

/** When the receiver is told of a critical alert. */
function pagingHours(alerting: EnvironmentType["alerting"]): readonly Interval[] {
  const { route, time_intervals: intervals } = alertmanagerOf(alerting).config;
  const routes = (route.routes as { receiver: string; active_time_intervals?: string[] }[]).filter(
    ({ receiver }) => receiver === "pager",
  );
  expect(routes).toHaveLength(1);
  const [name] = routes[0]!.active_time_intervals!;
  const found = (intervals as { name: string; time_intervals: Interval[] }[]).find(
    (interval) => interval.name === name,
  );
  return found!.time_intervals;
}

describe("a critical alert pages someone", () => {
  test("at any time where the type says always", () => {
    expect(pagingHours("always")).toEqual([{ times: [{ start_time: "00:00", end_time: "24:00" }] }]);
  });

  test("in office hours of their time zone where the type gives them", () => {
    const hours = { days: "monday:thursday", start: "08:30", end: "16:00", timeZone: "Europe/London" };
    expect(pagingHours(hours)).toEqual([
      {
        weekdays: ["monday:thursday"],
        times: [{ start_time: "08:30", end_time: "16:00" }],
        location: "Europe/London",
      },
    ]);
  });

  test("in no year that is still to come where the type says never", () => {
    expect(pagingHours("never")).toEqual([{ years: ["1970"] }]);
  });
});

test("clusters that page alike or not differ in one word of the configuration", () => {
  const [always, never] = [alertmanagerOf("always"), alertmanagerOf("never")].map((values) =>
    JSON.stringify(values),
  );
  expect(always!.replace('"active_time_intervals":["always"]', "")).toBe(
    never!.replace('"active_time_intervals":["never"]', ""),
  );
});

test("Flux's errors are routed as critical alerts are", () => {
  const { routes } = alertmanagerOf("always").config.route;
  expect(routes.at(-1).matchers).toEqual(['severity =~ "critical|error"']);
});

test("a receiver that nobody has set up keeps nothing from starting", () => {
  const { alertmanagerSpec, config } = alertmanagerOf("always");
  expect(alertmanagerSpec.volumes).toEqual([
    { name: "receiver", secret: { secretName: "alerting", optional: true } },
  ]);
  const [{ mountPath }] = alertmanagerSpec.volumeMounts;
  expect(config.receivers.at(-1).webhook_configs).toEqual([
    { url_file: `${mountPath}/url`, send_resolved: true },
  ]);
});

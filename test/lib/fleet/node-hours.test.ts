import { describe, expect, it } from "vitest";
import {
  defineEnvironmentType,
  hoursPerWeek,
  type OfficeHours,
  sandboxType,
} from "../../../lib/fleet/environment-types.ts";
import { nodeSchedule } from "../../../lib/stack/eks-settings.ts";

const type = (nodeHours: OfficeHours | undefined, more: { protected?: boolean } = {}) =>
  defineEnvironmentType({
    name: "development",
    scaling: { nodes: { min: 1, max: 3 } },
    availability: { zones: 1, replicas: 1 },
    capacity: "spot",
    protected: false,
    alerting: "never",
    ...(nodeHours === undefined ? {} : { nodeHours }),
    ...more,
  });
const work = { days: "monday:friday", start: "07:30", end: "19:30" };

describe("node hours", () => {
  it("are refused where they are none, and for a protected type", () => {
    expect(() => type({ ...work, start: "7:30" })).toThrow("nodeHours: hour '7:30' is not HH:MM");
    expect(() => type({ ...work, end: "07:30" })).toThrow("07:30 to 07:30 is no time of a day");
    for (const days of ["mon:fri", "friday:monday", "monday:tuesday:friday", ""])
      expect(() => type({ ...work, days }), days).toThrow("is no days such as monday:friday");
    expect(() => type(work, { protected: true })).toThrow("a protected cluster's nodes run always");
  });

  it("are the sandbox's own type's, or its source's", () => {
    expect(sandboxType(type(undefined), "platform", type(work)).nodeHours).toEqual(work);
    expect(sandboxType(type(work), "performance", type(undefined)).nodeHours).toEqual(work);
    expect(sandboxType(type(work), "platform", undefined).nodeHours).toEqual(work);
  });

  it("are so many of a week", () => {
    expect(hoursPerWeek(work)).toBe(60);
    expect(hoursPerWeek({ days: "saturday", start: "00:00", end: "24:00" })).toBe(24);
  });

  it("are AWS's schedules", () => {
    expect(nodeSchedule({ days: "saturday", start: "00:00", end: "24:00" })).toEqual({
      begin: "0 0 * * SAT",
      end: "59 23 * * SAT",
      timeZone: "Etc/UTC",
    });
  });
});

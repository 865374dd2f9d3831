import { describe, expect, it } from "vitest";
import { describeExpiry, describeStatus, shortRevision } from "../../../lib/status/describe.ts";
import type { ClusterStatus } from "../../../lib/status/status.ts";

const now = new Date("2026-11-21T12:00:00Z");

const row = (cluster: string, rest: Partial<ClusterStatus> = {}): ClusterStatus => ({
  cluster,
  type: "production",
  context: cluster,
  tracks: [{ bundle: "platform", track: "tag 1.4.2", revision: `1.4.2@sha256:${"ab".repeat(32)}` }],
  revision: `main@sha1:${"01".repeat(20)}`,
  state: "ready",
  reason: undefined,
  sandbox: undefined,
  ...rest,
});
const failed = row("development", {
  type: "development",
  state: "not ready",
  reason: `HelmRelease traefik/traefik: Helm install failed for release traefik/traefik with chart traefik@39.0.8: ${"context deadline exceeded ".repeat(3).trim()}`,
});
const sandbox = row("sandbox-a", {
  type: "development",
  state: "unreachable",
  reason: "nobody listens there",
  sandbox: { owner: "alice@example.com", expires: "2026-11-22T14:30:00Z", expired: false },
});

describe("the table of a fleet's clusters", () => {
  it("has a line for each cluster, with all that is known of it, where nothing limits it", () => {
    expect(describeStatus([row("production"), failed, sandbox], now).split("\n")).toEqual([
      "CLUSTER      TYPE         TRACKS     RUNS           STATE        OWNER                         REASON",
      "production   production   tag 1.4.2  1.4.2@abababa  ready",
      `development  development  tag 1.4.2  1.4.2@abababa  not ready                                  ${failed.reason}`,
      "sandbox-a    development  tag 1.4.2  1.4.2@abababa  unreachable  alice@example.com, 26 h left  nobody listens there",
    ]);
  });

  it("leaves out columns that nobody has anything in", () => {
    expect(describeStatus([row("production")], now).split("\n")).toEqual([
      "CLUSTER     TYPE        TRACKS     RUNS           STATE",
      "production  production  tag 1.4.2  1.4.2@abababa  ready",
    ]);
  });

  it("fits a terminal of 80 columns: owner and reason below their cluster", () => {
    const lines = describeStatus([row("production"), failed, sandbox], now, 80).split("\n");
    expect(lines).toEqual([
      "CLUSTER      TYPE         TRACKS     RUNS           STATE",
      "production   production   tag 1.4.2  1.4.2@abababa  ready",
      "development  development  tag 1.4.2  1.4.2@abababa  not ready",
      "  HelmRelease traefik/traefik: Helm install failed for release traefik/traefik",
      "  with chart traefik@39.0.8: context deadline exceeded context deadline exceeded",
      "  context deadline exceeded",
      "sandbox-a    development  tag 1.4.2  1.4.2@abababa  unreachable",
      "  owner: alice@example.com, 26 h left",
      "  nobody listens there",
    ]);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
  });

  it("stays on one line each where that fits", () => {
    const text = describeStatus([row("a", { state: "unreachable", reason: "no way there" })], now, 80);
    expect(text.split("\n")).toHaveLength(2);
  });

  it("says so where there are no clusters", () => {
    expect(describeStatus([], now)).toBe("there are no clusters");
  });
});

it("a revision is shortened as people write it", () => {
  expect(shortRevision(`main@sha1:${"01".repeat(20)}`)).toBe("main@0101010");
  expect(shortRevision(`1.4.2@sha256:${"ab".repeat(32)}`)).toBe("1.4.2@abababa");
  expect(shortRevision("main/0123")).toBe("main/0123");
  expect(shortRevision(undefined)).toBe("");
});

it("an expiry is told in hours, then in days, and after it as the past", () => {
  expect(describeExpiry("2026-11-21T12:30:00Z", now)).toBe("0 h left");
  expect(describeExpiry("2026-11-23T11:59:00Z", now)).toBe("47 h left");
  expect(describeExpiry("2026-11-24T12:00:00Z", now)).toBe("3 days left");
  expect(describeExpiry("2026-11-21T09:00:00Z", now)).toBe("expired 3 h ago");
  expect(describeExpiry("2026-11-01T12:00:00Z", now)).toBe("expired 20 days ago");
});

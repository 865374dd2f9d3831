import { App, Chart } from "cdk8s";
import { describe, expect, it } from "vitest";
import { chartVersionAnnotation, chartVersionAnnotations } from "../../../constructs/flux/release-health.ts";
import { Traefik } from "../../../constructs/platform/index.ts";

const ofArtifact = { chartRef: { kind: "OCIRepository" as const, name: "traefik" } };

describe("the version that a release is to have", () => {
  it("is told where it stands in an OCIRepository, as helm-controller writes it", () => {
    expect(chartVersionAnnotations(ofArtifact, "41.3.0")).toEqual({
      annotations: { "sluice.dev/chart-version": "41.3.0" },
    });
    expect(chartVersionAnnotations(ofArtifact, "v1.21.1-rc.1").annotations).toEqual({
      [chartVersionAnnotation]: "1.21.1-rc.1",
    });
  });

  it("is not where nobody knows it, or the release itself has it", () => {
    expect(chartVersionAnnotations(ofArtifact, "6.14.x")).toEqual({});
    expect(chartVersionAnnotations(ofArtifact, "1.2.3+build")).toEqual({});
    expect(chartVersionAnnotations({}, "41.3.0")).toEqual({});
  });

  it("is on the releases of the platform's services", () => {
    const chart = new Chart(new App(), "services");
    const { release } = new Traefik(chart, "traefik", { replicas: 1, version: "41.4.0" });
    expect(release.toJson().metadata).toMatchObject({ annotations: { [chartVersionAnnotation]: "41.4.0" } });
  });
});

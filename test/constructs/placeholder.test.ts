import { App, Chart, Yaml } from "cdk8s";
import { describe, expect, it } from "vitest";
import { KubeObject } from "../../constructs/kube-object.ts";
import { literal, PlaceholderResolver, placeholders } from "../../constructs/placeholder.ts";
import { boolean, number, text } from "../../lib/fleet/variables.ts";
import { placeholdersIn } from "../../lib/flux/placeholders.ts";

const variables = placeholders({
  domain: text(),
  level: text({ default: "info" }),
  replicas: number({ default: 2 }),
  on: boolean(),
});

describe("a variable in a manifest", () => {
  it("is its placeholder, with the bundle's default", () => {
    expect(`https://${variables.domain}/`).toBe("https://${domain}/");
    expect(variables.level).toBe("${level:=info}");
    expect(`${variables.replicas}`).toBe("${replicas:=2}");
  });

  it("that is a number or boolean cannot be reckoned with", () => {
    expect(() => Number(variables.replicas) + 1).toThrow("variable 'replicas' is known only in the cluster");
    expect(() => (variables.on as unknown as number) > 1).toThrow(
      "variable 'on' is known only in the cluster",
    );
  });

  it("is printed unquoted by Sluice and by cdk8s alike, so that Flux makes a number of it", () => {
    const app = new App({ resolvers: [new PlaceholderResolver()] });
    const chart = new Chart(app, "c");
    const object = new KubeObject(chart, "o", {
      apiVersion: "v1",
      kind: "ConfigMap",
      data: { count: variables.replicas, list: [variables.on] },
    });
    expect(object.toJson()["data"]).toEqual({ count: "${replicas:=2}", list: ["${on}"] });
    object.addJsonPatch();
    expect(Yaml.stringify(object.toJson())).toContain("count: ${replicas:=2}");
  });
});

describe("text for others than Flux", () => {
  it("is left by Flux when it is literal", () => {
    expect(literal("echo ${HOME} ${USER}")).toBe("echo $${HOME} $${USER}");
    expect(placeholdersIn(literal("echo ${HOME}"))).toEqual([]);
    expect(placeholdersIn("echo ${HOME} $HOME $${x} ${a:=b}").map(({ name }) => name)).toEqual(["HOME", "a"]);
  });
});

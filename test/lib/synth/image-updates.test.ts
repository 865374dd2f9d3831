import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { load, loadAll } from "js-yaml";
import { describe, expect, it } from "vitest";
import { type TestFleet, testFleet } from "../../support/fleet.ts";

const cluster = (apps: string) => `
import { defineCluster, development } from "#fleet";
import { kind } from "#sluice";
import { AppStack, HelmApp, Podinfo, WebApp } from "#constructs/apps";
const policy = { semver: { range: ">=1.0.0 <3.0.0" } };
export default defineCluster(({ name }) => ({ type: development, provider: kind(), platform: { variables: { domain: \`\${name}.example.com\` } }, apps: (apps) => { ${apps} } }));
`;
const shop =
  'new WebApp(apps, "shop", { image: "registry.example.com/team/shop", imageUpdates: { policy } });';
const stack =
  'const stack = new AppStack(apps, "stack"); new Podinfo(stack, "web", { imageUpdates: { policy, filterTags: { pattern: "^[0-9.]+$" }, repository: { secretRef: { name: "registry" }, interval: "1m" } } });';
const versions = `# what it runs
kubernetes: "1.35"
apps:
  shop:
    image: 1.0.0 # {"$imagepolicy": "flux-system:shop:tag"}
  stack:
    web:
      chart: 6.14.0
      image: 1.30 # {"$imagepolicy": "flux-system:stack-web:tag"}
`;
const files = (apps: string, text: string) => ({
  "clusters/development/cluster.ts": cluster(apps),
  "clusters/development/versions.yaml": text,
});
const read = (fleet: TestFleet, path: string) => readFileSync(join(fleet.root, path), "utf8");
const folder = "manifests/clusters/development";

describe("images that Flux may raise", () => {
  it("have a repository and a policy each, and one automation that edits versions.yaml on a branch", async () => {
    const fleet = await testFleet(files(shop + stack, versions));
    const objects = loadAll(read(fleet, `${folder}/image-updates/image-updates.yaml`)) as {
      kind: string;
      metadata: { name: string; namespace: string };
      spec: Record<string, unknown>;
    }[];
    expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`)).toEqual([
      "ImageRepository flux-system/shop",
      "ImagePolicy flux-system/shop",
      "ImageRepository flux-system/stack-web",
      "ImagePolicy flux-system/stack-web",
      "ImageUpdateAutomation flux-system/image-updates",
    ]);
    expect(objects[0]!.spec).toEqual({ image: "registry.example.com/team/shop", interval: "5m" });
    expect(objects[2]!.spec).toEqual({
      image: "ghcr.io/stefanprodan/podinfo",
      interval: "1m",
      secretRef: { name: "registry" },
    });
    expect(objects[3]!.spec).toEqual({
      imageRepositoryRef: { name: "stack-web" },
      policy: { semver: { range: ">=1.0.0 <3.0.0" } },
      filterTags: { pattern: "^[0-9.]+$" },
    });
    expect(objects[4]!.spec).toMatchObject({
      sourceRef: { kind: "GitRepository", name: "flux-system" },
      git: { checkout: { ref: { branch: "main" } }, push: { branch: "image-updates/development" } },
      update: { strategy: "Setters", path: "./clusters/development" },
    });
    // The kinds come with controllers of their own, so nothing else may wait for them.
    expect(load(read(fleet, `${folder}/kustomization.yaml`))).toMatchObject({
      resources: expect.arrayContaining(["image-updates.yaml"]) as string[],
    });
    expect(load(read(fleet, `${folder}/image-updates.yaml`))).toMatchObject({
      kind: "Kustomization",
      spec: { path: `./${folder}/image-updates` },
    });
    expect(read(fleet, `${folder}/flux-system/flux-instance.yaml`)).toContain("image-automation-controller");
    expect(existsSync(join(fleet.root, "manifests/clusters/production/image-updates.yaml"))).toBe(false);
    expect(read(fleet, "manifests/clusters/production/flux-system/flux-instance.yaml")).not.toContain(
      "image-",
    );
  });

  it("are raised in the manifests by a synthesis after Flux's edit, whatever it quotes", async () => {
    const fleet = await testFleet(files(shop + stack, versions));
    fleet.write({
      "clusters/development/versions.yaml": versions
        .replace("image: 1.0.0 #", "image: 1.2.0 #")
        .replace("image: 1.30 #", 'image: "2.10" #'),
    });
    const { code, stderr, stdout } = await fleet.sluice("synth", "--json");
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      added: [],
      removed: [],
      changed: [`${folder}/apps/shop/shop.yaml`, `${folder}/apps/stack/stack.yaml`],
    });
    expect(fleet.git("diff", "-U0", "--", "manifests").match(/^[-+] .*/gm)).toEqual([
      "-        - image: registry.example.com/team/shop:1.0.0",
      "+        - image: registry.example.com/team/shop:1.2.0",
      "-      tag: '1.30'",
      "+      tag: '2.10'",
    ]);
  });

  it("are pushed with credentials of their own, where the fleet has such", async () => {
    const fleet = await testFleet(files(shop, versions.slice(0, versions.indexOf("  stack"))));
    const text = read(fleet, "clusters/fleet.ts");
    fleet.write({
      "clusters/fleet.ts": text.replace(
        "platform: Platform,",
        'platform: Platform, imageUpdates: { secret: "git-push", author: { name: "Bot", email: "bot@example.com" } },',
      ),
    });
    expect((await fleet.sluice("synth")).code).toBe(0);
    const objects = loadAll(read(fleet, `${folder}/image-updates/image-updates.yaml`));
    expect(objects).toContainEqual(
      expect.objectContaining({
        kind: "GitRepository",
        spec: expect.objectContaining({ secretRef: { name: "git-push" } }) as object,
      }),
    );
    expect(objects.at(-1)).toMatchObject({
      spec: {
        sourceRef: { name: "image-updates" },
        git: { commit: { author: { name: "Bot", email: "bot@example.com" } } },
      },
    });
  });

  it("are nobody's in a sandbox, whose versions.yaml is its source's byte for byte", async () => {
    const fleet = await testFleet(files(shop + stack, versions));
    const { code, stderr } = await fleet.sluice(
      ...["sandbox", "create", "sandbox-a", "--from", "development", "--branch", "b"],
    );
    expect(code, stderr).toBe(0);
    expect(read(fleet, "clusters/sandbox-a/versions.yaml")).toBe(versions);
    const made = fleet.git("ls-files", "manifests/clusters/sandbox-a");
    expect(made).toContain("apps/shop/shop.yaml");
    expect(made).not.toContain("image-updates");
    expect(read(fleet, "manifests/clusters/sandbox-a/flux-system/flux-instance.yaml")).not.toContain(
      "image-",
    );
    expect((await fleet.sluice("synth", "--check")).code).toBe(0);
  });

  it.each([
    [
      "an unmarked line",
      shop,
      "  shop:\n    image: 1.0.0\n",
      "is not marked",
      'write: image: 1.0.0 # {"$imagepolicy": "flux-system:shop:tag"}',
    ],
    [
      "another app's mark",
      shop,
      '  shop:\n    image: 1.0.0 # {"$imagepolicy": "flux-system:web:tag"}\n',
      "is marked for 'flux-system:web:tag'",
      "flux-system:shop:tag",
    ],
    [
      "a mark that no app asks for",
      'new WebApp(apps, "shop", { image: "x" });',
      '  shop:\n    image: 1.0.0 # {"$imagepolicy": "flux-system:shop:tag"}\n',
      "versions.yaml:4: the image of 'shop' is marked",
      "remove the comment",
    ],
    [
      "a broken mark",
      shop,
      "  shop:\n    image: 1.0.0 # {$imagepolicy: flux-system:shop:tag}\n",
      "is marked for '{$imagepolicy",
      "flux-system:shop:tag",
    ],
    [
      "a version in the definition",
      shop.replace("imageUpdates:", 'imageTag: "1", imageUpdates:'),
      "",
      "remove imageTag",
      "",
    ],
    [
      "a chart that says no image",
      'new HelmApp(apps, "shop", { chart: { repository: "oci://x.example.com/y", name: "z" }, imageValue: "image.tag", imageUpdates: { policy } });',
      "  shop:\n    chart: 1.0.0\n    image: 1.0.0\n",
      "imageUpdates needs the image's name",
      "",
    ],
    [
      "two policies",
      shop.replace("{ policy }", "{ policy: { ...policy, alphabetical: {} } }"),
      "  shop:\n    image: 1.0.0\n",
      "is one of semver, alphabetical, numerical",
      "",
    ],
  ])("are refused with %s", async (_, apps, lines, message, remedy) => {
    const fleet = await testFleet();
    fleet.write(files(apps, `kubernetes: "1.35"\napps:\n${lines}`));
    const { code, stderr } = await fleet.sluice("synth");
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr).toContain(remedy);
  });

  it("are refused where another cluster's versions would be edited too", async () => {
    const own = versions.slice(0, versions.indexOf("  stack"));
    const fleet = await testFleet(files(shop, own));
    fleet.write({
      "clusters/development/edge/cluster.ts": cluster(shop),
      "clusters/development/edge/versions.yaml": own,
    });
    const { code, stderr } = await fleet.sluice("synth");
    expect(code).toBe(1);
    expect(stderr).toContain("would edit versions of development-edge as well");
  });
});

import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Descriptor, image, subjectOf } from "../../../lib/artifact/artifact.ts";
import { parseRepository } from "../../../lib/artifact/reference.ts";
import { Registry } from "../../../lib/artifact/registry.ts";
import { type ControlPlane, type KubeObject, startControlPlane } from "../control-plane/index.ts";
import { startStandIns } from "../stand-ins/index.ts";
import { bootstrap } from "../support/bootstrap.ts";
import {
  eventually,
  expectedFluxObjects,
  looked,
  readyOf,
  reconcile,
  untilReady,
} from "../support/flux-state.ts";
import { StoryFleet } from "../support/story-fleet.ts";

const names = ["development", "staging", "production"] as const;
type Name = (typeof names)[number];
const minutes = (count: number) => ({ timeout: count * 60_000 });

// Release, promotion and rollback, as a platform team lives them: three clusters, one repository, one registry, and
// nothing done to them but by git, the command and Flux.
describe("from main to production, and back", () => {
  let fleet: StoryFleet;
  const planes = new Map<string, ControlPlane>();
  const digests: Record<string, string> = {};
  let before: ReadonlyMap<string, string>;

  const client = (name: Name) => planes.get(name)!.client;
  const important = {
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    metadata: { name: "important" },
  };
  const source = {
    apiVersion: "source.toolkit.fluxcd.io/v1",
    kind: "OCIRepository",
    metadata: { name: "platform", namespace: "flux-system" },
  };
  /** What a cluster shows of the platform that it runs. */
  const shown = async (name: Name) =>
    ((await client(name).get(important)) as { description?: string } | undefined)?.description;
  const runs = (name: Name, description: string) =>
    eventually(`${name} runs '${description}'`, async () => (await shown(name)) === description, 300);
  const revision = async (name: Name) =>
    ((await client(name).get(source))?.status?.["artifact"] as { revision: string } | undefined)?.revision;
  const ready = async (name: Name) => {
    const { clusters } = await fleet.load();
    await untilReady(
      client(name),
      expectedFluxObjects(
        fleet.files,
        clusters.find((cluster) => cluster.name === name)!,
      ),
      { seconds: 400 },
    );
  };
  const synced = (name: Name) => looked(client(name), "GitRepository", "flux-system");

  beforeAll(async () => {
    fleet = await StoryFleet.start("20s");
    fleet.describePlatform("first");
    await fleet.publish("platform, first");
    digests["1.0.0"] = (await fleet.release("1.0.0")).digest;
    for (const name of names) {
      const plane = await startControlPlane();
      planes.set(name, plane);
      await startStandIns(plane);
    }
    fleet.reachable(planes);
    for (const name of names) await bootstrap(planes.get(name)!, fleet, name);
  }, 300_000);
  afterAll(async () => {
    await Promise.allSettled([...[...planes.values()].map((plane) => plane.stop()), fleet?.stop()]);
  });

  it("begins with every cluster Ready, at the first release or main", minutes(8), async () => {
    await Promise.all(names.map(ready));
    for (const name of names) expect(await shown(name)).toBe("first");
    before = await applied(planes.get("production")!);
    expect(before.size).toBeGreaterThan(50);
  });

  it("a platform change that is merged runs on development, and nowhere else", minutes(6), async () => {
    fleet.describePlatform("second");
    await fleet.publish("platform, second");
    for (const name of names) await synced(name);
    await looked(client("development"), "GitRepository", "platform");
    await runs("development", "second");
    expect(await shown("staging")).toBe("first");
    expect(await shown("production")).toBe("first");
  });

  it(
    "release 1.1.0 is taken by staging's range, its signature verified; production stays",
    minutes(6),
    async () => {
      const { digest, notes } = await fleet.release("1.1.0");
      digests["1.1.0"] = digest;
      expect(notes).toContain("staging takes it: its platform follows 1.x, and has 1.0.0");
      await looked(client("staging"), "OCIRepository", "platform");
      await looked(client("production"), "OCIRepository", "platform");
      await runs("staging", "second");
      expect(await revision("staging")).toBe(`1.1.0@${digest}`);
      const verified = (await client("staging").get(source))?.status?.conditions?.find(
        ({ type }) => type === "SourceVerified",
      );
      expect(verified?.status).toBe("True");
      expect(await revision("production")).toBe(`1.0.0@${digests["1.0.0"]}`);
      expect(await shown("production")).toBe("first");
    },
  );

  it(
    "production does not get it before it ran on staging for as long as the fleet asks, and then does",
    minutes(10),
    async () => {
      const early = await fleet.ended("promote", "--to", "production", "--version", "1.1.0");
      expect(early.code).toBe(1);
      expect(early.stderr).toMatch(
        /1\.1\.0 ran on staging, Ready, for .*staging asks for 20 s|nobody has seen 1\.1\.0 run, Ready, on staging|1\.1\.0 is not Ready on staging/,
      );
      await ready("staging");
      await sleep(25_000);
      await fleet.sluice("attest", "staging");
      const status = JSON.parse(await fleet.sluice("promotions", "platform", "--no-live", "--json")) as {
        promotions: { cluster: string; next?: { version: string; decision: { outcome: string } } }[];
      };
      expect(status.promotions.find(({ cluster }) => cluster === "production")?.next).toMatchObject({
        version: "1.1.0",
        decision: { outcome: "allowed" },
      });
      const said = await fleet.sluice("promote", "--to", "production");
      expect(said).toContain("staging ran 1.1.0, Ready, from");
      fleet.mergeBranch("promote/platform-1.1.0-to-production");
      await synced("production");
      await runs("production", "second");
      await ready("production");
      expect(await revision("production")).toBe(`1.1.0@${digests["1.1.0"]}`);
    },
  );

  it("a rollback restores what production had", minutes(8), async () => {
    const said = await fleet.sluice("rollback", "production");
    expect(said).toMatch(/all \d+ objects of the platform are what they were/);
    expect(said).toContain("its own folder is what it was");
    fleet.mergeBranch("rollback/platform-1.0.0-on-production");
    await synced("production");
    await runs("production", "first");
    await ready("production");
    expect(await revision("production")).toBe(`1.0.0@${digests["1.0.0"]}`);
    const after = await applied(planes.get("production")!);
    expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
    for (const [name, object] of before) expect(after.get(name), name).toBe(object);
  });

  it("a major release stays out of staging's range", minutes(4), async () => {
    fleet.describePlatform("third");
    await fleet.publish("platform, third");
    const { notes } = await fleet.release("2.0.0");
    expect(notes).toContain("No cluster takes it by a range.");
    await looked(client("staging"), "OCIRepository", "platform");
    expect(await revision("staging")).toBe(`1.1.0@${digests["1.1.0"]}`);
    expect(await shown("staging")).toBe("second");
  });

  it("an artifact that is not signed, or signed for something else, is refused", minutes(6), async () => {
    const { registry } = fleet;
    const { username, password, host } = registry.guarded;
    const platform = new Registry(parseRepository(`oci://${host}/fleet/platform`), {
      insecure: true,
      credentials: () => Promise.resolve({ username, password }),
    });
    const refusalOf = async (digest: string) => {
      await reconcile(client("staging"), "OCIRepository", "platform");
      return eventually("a refusal", async () => {
        const state = readyOf((await client("staging").get(source))!);
        return state?.ready === false && state.message.includes(digest) && state.message;
      });
    };
    // Nobody signed it: the release's own layer under a higher version in the range.
    const first = (await platform.manifest("2.0.0"))!;
    const { config } = JSON.parse(first.content.toString()) as {
      config: { mediaType: string; digest: string };
    };
    const again = async (annotation: string) =>
      image(
        { mediaType: config.mediaType, content: await platform.blob(config.digest) },
        await Promise.all(
          first.layers.map(async ({ mediaType, digest }) => ({
            mediaType,
            content: await platform.blob(digest),
          })),
        ),
        { "org.opencontainers.image.revision": annotation },
      );
    const unsigned = await again("1.2.0@sha1:0000000000000000000000000000000000000000");
    await platform.push("1.2.0", unsigned);
    expect(await refusalOf(unsigned.digest)).toMatch(/signature/i);
    expect(await shown("staging")).toBe("second");
    // Tampered with: it has the signature that was given to 1.1.0.
    const tampered = await again("1.3.0@sha1:0000000000000000000000000000000000000000");
    for (const referrer of await platform.referrers(digests["1.1.0"]!)) {
      const { layers, content } = (await platform.manifest(referrer.digest))!;
      const { config } = JSON.parse(content.toString()) as { config: Descriptor };
      const [bundle, empty] = await Promise.all(
        [layers[0]!, config].map(async ({ mediaType, digest }) => ({
          mediaType,
          content: await platform.blob(digest),
        })),
      );
      const about = { artifactType: bundle!.mediaType, subject: subjectOf(tampered) };
      await platform.pushReferrer(image(empty!, [bundle!], referrer.annotations, about));
    }
    expect(await platform.referrers(tampered.digest)).toHaveLength(1);
    await platform.push("1.3.0", tampered);
    expect(await refusalOf(tampered.digest)).toMatch(/signature|digest|verif/i);
    expect(await shown("staging")).toBe("second");
    const layers = await client("staging").list(
      "kustomize.toolkit.fluxcd.io/v1",
      "Kustomization",
      "flux-system",
    );
    expect(layers.filter((layer) => readyOf(layer)?.ready !== true)).toEqual([]);
  });
});

/** Everything that Flux's Kustomizations have applied to a cluster, as it is there, without what the server keeps of it. */
async function applied({ client }: ControlPlane): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const { status } of await client.list("kustomize.toolkit.fluxcd.io/v1", "Kustomization")) {
    const { entries = [] } = (status?.["inventory"] ?? {}) as {
      entries?: readonly { id: string; v: string }[];
    };
    for (const { id, v } of entries) {
      const [namespace = "", name = "", group = "", kind = ""] = id.split("_");
      const object = await client.get({
        apiVersion: group === "" ? v : `${group}/${v}`,
        kind,
        metadata: { name: name.replaceAll("__", ":"), ...(namespace === "" ? {} : { namespace }) },
      });
      if (object === undefined) throw new Error(`${id} is in an inventory and not in the cluster`);
      const { status: _, metadata, ...rest } = object as KubeObject & Record<string, unknown>;
      const { labels, annotations = {} } = metadata;
      const { "reconcile.fluxcd.io/requestedAt": __, ...kept } = annotations as Record<string, string>;
      found.set(id, JSON.stringify({ ...rest, labels, annotations: kept }));
    }
  }
  return found;
}

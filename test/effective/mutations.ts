import type { TestedFleet } from "./compare.ts";
import {
  type FleetModel,
  manifestsOf,
  type ModelObject,
  randomModel,
  randomObject,
  randomText,
  randomTrack,
} from "./fleet-model.ts";
import { Random } from "./random.ts";

/** A fleet as Sluice generates it, with two releases. */
export async function sluiceFleet(seed: number): Promise<TestedFleet> {
  const random = new Random(seed);
  const model = randomModel(random);
  const files = await manifestsOf(model);
  const releases = new Map<string, ReadonlyMap<string, string>>();
  for (const version of ["1.0.0", "1.1.0"]) {
    const release = structuredClone(model);
    release.layers[0]!.objects[0]!.fields["release"] = version;
    releases.set(version, await manifestsOf(release));
  }
  return {
    files,
    releases,
    async change() {
      for (;;) {
        const mutation = random.pick(mutations);
        const changed = structuredClone(model);
        if (mutation.model?.(changed, random) === false) continue;
        const now = mutation.model === undefined ? new Map(files) : await manifestsOf(changed);
        if (mutation.files?.(now, random) === false) continue;
        const release = mutation.release?.(random);
        return { name: mutation.name, files: now, ...(release === undefined ? {} : { release }) };
      }
    },
  };
}

/** A change of a fleet's definitions, its manifests or its releases. */
interface Mutation {
  readonly name: string;
  /** Changes the definitions. @returns false where there is nothing to change */
  readonly model?: (model: FleetModel, random: Random) => boolean;
  /** Changes the manifests that they gave. */
  readonly files?: (files: Map<string, string>, random: Random) => boolean;
  /** A tag that is thought to move to the changed state. */
  readonly release?: (random: Random) => string;
}

const allObjects = (model: FleetModel): { object: ModelObject; variables: boolean }[] => [
  ...[...model.layers, ...model.options].flatMap(({ objects }) =>
    objects.map((object) => ({ object, variables: true })),
  ),
  ...model.clusters.flatMap(({ apps }) =>
    apps.flatMap(({ objects }) => objects.map((object) => ({ object, variables: false }))),
  ),
];

const manifestsIn = (files: Map<string, string>, like: RegExp) =>
  [...files.keys()].filter((path) => like.test(path)).sort();

const mutations: readonly Mutation[] = [
  {
    name: "a value of an object",
    model(model, random) {
      const { object, variables } = random.pick(allObjects(model));
      const keys = Object.keys(object.fields);
      object.fields[random.pick(keys)] = randomText(random, variables);
      return true;
    },
  },
  {
    name: "a construct's default",
    model(model, random) {
      const objects = model.layers
        .flatMap((layer) => layer.objects)
        .filter(({ kind }) => kind === "Deployment");
      if (objects.length === 0) return false;
      random.pick(objects).replicas = 1 + random.below(9);
      return true;
    },
  },
  {
    name: "a variable of a cluster",
    model(model, random) {
      const { variables } = random.pick(model.clusters);
      if (random.chance(0.5)) variables["log_level"] = random.pick(["trace", "warn", "error"]);
      else if (random.chance(0.5)) variables["domain"] = `new-${random.below(1000)}.example.com`;
      else delete variables["log_level"];
      return true;
    },
  },
  {
    name: "a variable's default",
    model(model, random) {
      model.variables["zone"]!.default = `zone-${random.below(9)}`;
      for (const { object, variables } of allObjects(model))
        if (variables)
          for (const [key, text] of Object.entries(object.fields))
            object.fields[key] = text.replace(
              /\$\{zone:=[^}]*\}/,
              `\${zone:=${model.variables["zone"]!.default}}`,
            );
      return true;
    },
  },
  {
    name: "a track",
    model(model, random) {
      random.pick(model.clusters).track = randomTrack(random);
      return true;
    },
  },
  {
    name: "a tag moved",
    release: (random) => random.pick(["1.0.0", "1.1.0", "1.2.0", "2.0.0", "1.3.0-rc.1"]),
    model: () => true,
  },
  {
    name: "a release of a change",
    release: (random) => random.pick(["1.2.0", "1.9.9"]),
    model(model, random) {
      const { object } = random.pick(allObjects(model));
      object.fields["released"] = `r${random.below(1000)}`;
      return true;
    },
  },
  {
    name: "a removed app",
    model(model, random) {
      const clusters = model.clusters.filter(({ apps }) => apps.length > 0);
      if (clusters.length === 0) return false;
      random.pick(clusters).apps.pop();
      return true;
    },
  },
  {
    name: "a new app",
    model(model, random) {
      const { apps } = random.pick(model.clusters);
      apps.push({
        name: `app-${apps.length}`,
        objects: [randomObject(random, `new-${random.below(100)}`, false)],
      });
      return true;
    },
  },
  {
    name: "a layer's order",
    model(model) {
      const layer = model.layers[2]!;
      layer.dependsOn = layer.dependsOn.includes("services") ? ["configs"] : ["services"];
      return true;
    },
  },
  {
    name: "an object added to or taken from a layer",
    model(model, random) {
      const { objects, name } = random.pick(model.layers);
      if (objects.length > 1 && random.chance(0.5)) objects.splice(random.below(objects.length), 1);
      else objects.push(randomObject(random, `${name}-new-${random.below(100)}`, true));
      return true;
    },
  },
  {
    name: "an option",
    model(model, random) {
      const cluster = random.pick(model.clusters);
      cluster.options = cluster.options.length > 0 ? [] : ["vault"];
      return true;
    },
  },
  {
    name: "a patch of one cluster",
    model(model, random) {
      const layer = random.pick(model.layers);
      const { kind, name } = random.pick(layer.objects);
      const cluster = random.pick(model.clusters);
      cluster.patches[layer.name] = [{ kind, name, fields: { patched: `p${random.below(100)}` } }];
      return true;
    },
  },
  {
    name: "a new or removed cluster",
    model(model, random) {
      if (random.chance(0.5) && model.clusters.length > 2) model.clusters.pop();
      else {
        const like = structuredClone(random.pick(model.clusters));
        like.name = `new-${random.below(100)}`;
        like.variables["domain"] = `${like.name}.example.com`;
        model.clusters.push(like);
      }
      return true;
    },
  },
  {
    name: "only formatting",
    files(files, random) {
      for (const path of manifestsIn(files, /\.yaml$/)) {
        const text = files.get(path)!;
        files.set(
          path,
          text
            .split("\n")
            .map((line) =>
              /^ *[a-z]\w*: [\w.-]+$/.test(line) && random.chance(0.2) ? `${line}   # a comment` : line,
            )
            .join("\n")
            .replace(/^metadata:/gm, "# moved\nmetadata:"),
        );
      }
      return true;
    },
  },
  {
    name: "kustomize's own fields",
    files(files, random) {
      const path = random.pick(manifestsIn(files, /(services|configs|apps\/app-\d)\/kustomization\.yaml$/));
      const addition = random.pick([
        "commonAnnotations:\n  team: shop\n",
        "images:\n  - name: registry.example.com/web\n    newTag: '2'\n",
        "namePrefix: x-\n",
        "labels:\n  - pairs:\n      tier: gold\n",
        "namespace: elsewhere\n",
        "configMapGenerator:\n  - name: made\n    namespace: apps\n    literals:\n      - a=b\n",
        'patches:\n  - target:\n      kind: ConfigMap\n    patch: |\n      - op: add\n        path: /data/patched\n        value: "yes"\n',
        "sortOptions:\n  order: legacy\n",
      ]);
      files.set(path, files.get(path)! + addition);
      return true;
    },
  },
  {
    name: "a manifest edited by hand",
    files(files, random) {
      const path = random.pick(
        manifestsIn(files, /(services|configs)\/[\w-]+\d\.yaml$|apps\/(app-\d)\/\1\.yaml$/),
      );
      const text = files.get(path)!;
      const edited = text.replace(
        /^( +)(about): model$/m,
        random.pick(["$1$2: edited", "$1$2: model\n$1more: 'on'", "$1$2: 5"]),
      );
      files.set(path, edited);
      return edited !== text;
    },
  },
  {
    name: "the Kustomization of a layer",
    files(files, random) {
      const path = random.pick(manifestsIn(files, /platform\/layers\/(services|configs)\.yaml$/));
      const added = random.pick([
        "  targetNamespace: other\n",
        "  commonMetadata:\n    labels:\n      all: these\n",
        "  images:\n    - name: registry.example.com/web\n      newTag: '3'\n",
        "  namePrefix: fx-\n",
        "  timeout: 7m\n",
      ]);
      const key = added.trim().split(":")[0]!;
      files.set(path, `${files.get(path)!.replace(new RegExp(`^  ${key}:.*\n`, "m"), "")}${added}`);
      return true;
    },
  },
];

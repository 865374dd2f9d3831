import type { Construct } from "constructs";
import { contextOf } from "../context.ts";
import { mirrored } from "../flux/images.ts";

/**
 * Where a chart's values name an image: the path of a block with `registry` and `repository`, or of one text
 * that has both, which is then a path that ends in `.repository`.
 */
export type ImageValues = Readonly<Record<string, string>>;

interface Values {
  [key: string]: string | Values;
}

/**
 * Values that pull a chart's images through the fleet's mirror. None without a mirror: the chart knows its
 * images best.
 * @param images the images, `registry/repository`, by the path of the value that names them
 */
export function mirroredImages(scope: Construct, images: ImageValues): Values {
  const values: Values = {};
  if (contextOf(scope)?.mirror?.images === undefined) return values;
  for (const [path, image] of Object.entries(images)) {
    const slash = image.indexOf("/");
    const { registry, repository } = mirrored(scope, {
      registry: image.slice(0, slash),
      repository: image.slice(slash + 1),
    });
    if (path.endsWith(".repository")) setValue(values, path, `${registry}/${repository}`);
    else {
      setValue(values, `${path}.registry`, registry);
      setValue(values, `${path}.repository`, repository);
    }
  }
  return values;
}

function setValue(values: Values, path: string, value: string): void {
  const keys = path.split(".");
  const last = keys.pop()!;
  let block = values;
  for (const key of keys) block = (block[key] ??= {}) as Values;
  block[last] = value;
}

import type { Construct } from "constructs";
import { App, type AppProps } from "./app.ts";

/** How Flux applies a stack. */
export interface AppStackProps extends AppProps {
  /** How long Flux waits for all parts to be Ready, one after the other. @default 15m */
  readonly timeout?: string;
}

/**
 * Several apps that stand and fall together: one Flux Kustomization applies all, is Ready when all are, and
 * removes all. Each part is made with the stack as its scope; its objects are called `<stack>-<part>`, and
 * versions.yaml has its versions below the stack's. Releases of one stack can wait for one another.
 * @example
 * const shop = new AppStack(apps, "shop");
 * const database = new HelmApp(shop, "database", { chart: … });
 * new HelmApp(shop, "backend", { chart: …, dependsOn: [database] });
 * // versions.yaml
 * // apps:
 * //   shop:
 * //     database:
 * //       chart: 16.4.0
 * //     backend:
 * //       chart: 2.1.0
 * //       image: 2.1.4
 */
export class AppStack extends App {
  constructor(scope: Construct, id: string, props: AppStackProps = {}) {
    super(scope, id, props, { timeout: "15m" });
  }

  /** The parts, in the order in which they were made. */
  get parts(): readonly App[] {
    return this.node.children.filter((child) => App.isApp(child));
  }
}

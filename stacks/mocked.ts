import { runtime } from "@pulumi/pulumi";

/**
 * Whether the program runs with mocked providers: for a plan, or in a test. Then nothing outside the program
 * may be asked for, as there may be no cloud, no network and no kubeconfig.
 */
export function mocked(): boolean {
  const monitor: object | undefined = runtime.getMonitor();
  return monitor !== undefined && "mocks" in monitor;
}

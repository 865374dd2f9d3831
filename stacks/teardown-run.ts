/** What `pulumi destroy` runs first: see teardown.ts. Its output is what the destroy shows. */
import { fluxCluster } from "../lib/stack/flux-cluster.ts";
import { plainTeardown } from "../lib/stack/teardown.ts";
import { unreachable } from "../lib/stack/unreachable.ts";

const {
  SLUICE_KUBECONFIG: kubeconfig = "",
  SLUICE_CLUSTER: cluster = "",
  SLUICE_TEARDOWN_TIMEOUT: seconds = "3600",
} = process.env;

try {
  const left = await plainTeardown(fluxCluster(kubeconfig)).run((line) => console.log(line), {
    seconds: Number(seconds),
  });
  if (left.length > 0) {
    console.error(`what Flux made in ${cluster} is not gone after ${seconds} s; left: ${left.join(", ")}`);
    console.error("see what holds it (kubectl describe), then run the destroy again: it goes on from here");
    process.exitCode = 1;
  }
} catch (error) {
  const reason = unreachable(error);
  if (reason === undefined) throw error;
  console.error(
    `the cluster ${cluster} cannot be reached (${reason}), so what Flux made in it cannot be taken down in order`,
  );
  console.error("start it, or set the environment variable SLUICE_SKIP_TEARDOWN=1 if it has gone for good");
  process.exitCode = process.env["SLUICE_SKIP_TEARDOWN"] === "1" ? 0 : 1;
}

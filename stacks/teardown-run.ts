/** What `pulumi destroy` runs first: see teardown.ts. Its output is what the destroy shows. */
import { describeProblems, UserError } from "../lib/fleet/user-error.ts";
import { tearDownStack } from "../lib/stack/teardown.ts";
import { unreachable } from "../lib/stack/unreachable.ts";
import { ApiError, connect, realClock } from "../lib/teardown/index.ts";
import { patientApi } from "../lib/teardown/patient-api.ts";

const {
  SLUICE_KUBECONFIG: kubeconfig = "",
  SLUICE_CLUSTER: cluster = "",
  SLUICE_CLUSTER_GOES: clusterGoes = "",
  SLUICE_TEARDOWN_TIMEOUT: seconds = "3600",
} = process.env;

/** A cancelled destroy: what has begun is not broken off, and nothing more begins. */
const ending = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => ending.abort());

/** Milliseconds until a cluster that does not answer is taken to have gone; later on, there is more patience. */
const firstAnswer = 10_000;

try {
  const api = await connect({ kubeconfig });
  await patientApi(api, realClock, firstAnswer).kinds();
  const left = await tearDownStack(
    api,
    { clusterGoes: clusterGoes === "true", seconds: Number(seconds) },
    (line) => console.log(line),
    { signal: ending.signal },
  );
  if (left.length > 0) {
    console.error(`what Flux made in ${cluster} is not all gone:`);
    for (const line of left) console.error(line);
    console.error("mend what is said there, and run the destroy again: it goes on from here");
    console.error("or give all of it back to Flux: sluice teardown --context CONTEXT --resume");
  }
  // Not only the exit code: connections that are kept would hold the process for a while.
  process.exit(left.length > 0 ? 1 : 0);
} catch (error) {
  const reason =
    error instanceof ApiError && error.status === 0 ? (unreachable(error) ?? error.message) : undefined;
  if (reason !== undefined) {
    console.error(
      `the cluster ${cluster} cannot be reached (${reason}), so what Flux made in it cannot be taken down in order`,
    );
    console.error("start it, or set the environment variable SLUICE_SKIP_TEARDOWN=1 if it has gone for good");
    process.exit(process.env["SLUICE_SKIP_TEARDOWN"] === "1" ? 0 : 1);
  }
  if (!(error instanceof UserError) && !(error instanceof ApiError)) throw error;
  console.error(
    error instanceof UserError ? describeProblems(error.problems) : `${cluster}: ${error.message}`,
  );
  process.exit(1);
}

// A teardown that kills its own process after so many requests. Arguments: a kubeconfig's path, the number.
import { connect } from "../../../lib/teardown/connect.ts";
import { teardown } from "../../../lib/teardown/teardown.ts";
import { wrapped } from "../../lib/teardown/fake/faults.ts";

const [file, requests] = process.argv.slice(2) as [string, string];
let left = Number(requests);
const api = wrapped(await connect({ file }), () => {
  if (left-- === 0) process.kill(process.pid, "SIGKILL");
  return Promise.resolve();
});
console.log(JSON.stringify(await teardown(api, { allExternal: true, stepSeconds: 60, seconds: 200 })));

import { UserError } from "../../../lib/fleet/user-error.ts";

/** Something that a machine has to have and lacks, or cannot fetch: nothing that a change of the code could mend. */
export class Unavailable extends UserError {}

/** What Go says when it is itself too old, or cannot fetch modules. */
const goLacks = [
  /requires go >= [\d.]+ \(running go/,
  /toolchain not available|cannot find "go[\d.]+" in PATH/,
  /module lookup disabled/,
  /dial tcp|no such host|connection re(fused|set)|i\/o timeout|TLS handshake timeout|network is unreachable/,
  /: (403|404|407|410|429|5\d\d) [A-Z][\w ]+$/m, // the module proxy's answer
];

/** Whether Go failed for want of something, rather than by what it compiles. @param stderr what it printed */
export function isForWant(stderr: string): boolean {
  return goLacks.some((pattern) => pattern.test(stderr));
}

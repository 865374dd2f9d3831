import { program } from "./program.ts";
import { report } from "./report.ts";

await program.parseAsync().catch(report);

import { type Contract, parseContract } from "../fleet/contract.ts";
import { joinPath, type Tree } from "../flux/tree.ts";

const contracts = new Map<string, Contract | undefined>();

/** The contract of the bundle that a folder belongs to: its bundle.json is at most two folders up. @throws Pending */
export function contractOf(tree: Tree, path: string): Contract | undefined {
  for (let folder = joinPath("", path), up = 0; folder !== undefined && up <= 2; up++) {
    const file = joinPath(folder, "bundle.json")!;
    if (tree.entry(file)?.kind === "file") {
      const text = tree.text(file)!;
      if (!contracts.has(text)) {
        let contract: Contract | undefined;
        try {
          contract = parseContract(text);
        } catch {
          contract = undefined;
        }
        contracts.set(text, contract);
      }
      return contracts.get(text);
    }
    folder = folder === "" ? undefined : joinPath(folder, "..");
  }
  return undefined;
}

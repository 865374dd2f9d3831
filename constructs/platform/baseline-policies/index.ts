// What every pod keeps to.
export * from "./baseline-policies.ts";

// What a bundle is made of.
export * from "./bundle.ts";
export * from "./layer.ts";
export * from "./option.ts";

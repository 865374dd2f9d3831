import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

/** Folders of one level may not import from the levels after it: fleet ← flux, constructs ← synth ← capabilities ← cli. */
const levels = [
  { folder: "lib", forbidden: ["stacks", "clusters", "cli"] },
  {
    folder: "lib/fleet",
    forbidden: ["flux", "git", "synth", "sandbox", "cluster", "constructs", "stacks", "clusters", "cli"],
  },
  {
    folder: "lib/flux",
    forbidden: ["git", "synth", "sandbox", "cluster", "constructs", "stacks", "clusters", "cli"],
  },
  {
    folder: "lib/git",
    forbidden: ["synth", "sandbox", "cluster", "constructs", "stacks", "clusters", "cli"],
  },
  { folder: "constructs", forbidden: ["git", "synth", "sandbox", "cluster", "stacks", "clusters", "cli"] },
  { folder: "lib/synth", forbidden: ["sandbox", "cluster", "stacks", "clusters", "cli"] },
  { folder: "lib/{sandbox,cluster,artifact,stack}", forbidden: ["stacks", "clusters", "cli"] },
];

export default defineConfig(
  globalIgnores(["node_modules", "dist", ".cdk8s", ".cache", "manifests", "schemas"]),
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.recommendedTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true, allowNullish: true },
      ],
      "@typescript-eslint/no-non-null-assertion": "off", // noUncheckedIndexedAccess asks for them where an index is known to be there
      "@typescript-eslint/dot-notation": "off",
      "@typescript-eslint/no-base-to-string": "off", // manifests are unknown JSON: it warns of every field of theirs
      "@typescript-eslint/no-unused-vars": ["error", { varsIgnorePattern: "^_", argsIgnorePattern: "^_" }],
      "@typescript-eslint/prefer-nullish-coalescing": "off",
    },
  },
  ...levels.map(({ folder, forbidden }) => ({
    files: [`${folder}/**/*.ts`],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: forbidden.map((name) => ({
            regex: ["fleet", "flux", "git", "synth", "sandbox", "cluster"].includes(name)
              ? `^(\\.\\./)+(lib/)?${name}/${folder === "constructs" ? "(?!.*\\.never$)" : ""}`
              : `^(\\.\\./)+${name}/`,
            message: `imports point one way: ${folder} may not import ${name}`,
          })),
        },
      ],
    },
  })),
);

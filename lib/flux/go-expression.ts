import { createRequire } from "node:module";
import type { RE2JS } from "re2js";

/** A regular expression as Go reads it (re2.readthedocs.io/syntax), which takes time in proportion to the text. */
export interface GoExpression {
  /** Whether it matches anywhere in a text. */
  readonly test: (text: string) => boolean;
  /** Its first match; undefined where there is none. */
  readonly find: (text: string) => string | undefined;
  /** All its matches from left to right, none within another. */
  readonly findAll: (text: string) => string[];
}

const known = new Map<string, GoExpression>();

/**
 * Expressions that people wrote for a program in Go: those of JavaScript mean something else here and there, and a
 * short text can keep them busy for hours. @throws Error if Go has no such expression
 */
export function goExpression(source: string): GoExpression {
  let expression = known.get(source);
  if (expression === undefined) {
    const compiled = engine().compile(source);
    expression = {
      test: (text) => compiled.test(text),
      find: (text) => {
        const matcher = compiled.matcher(text);
        return matcher.find() ? (matcher.group() ?? "") : undefined;
      },
      findAll: (text) => {
        const matcher = compiled.matcher(text);
        const found: string[] = [];
        let end = -1;
        while (matcher.find()) {
          // Nothing at all right behind a match is no match of its own.
          if (matcher.start() < matcher.end() || matcher.start() !== end) found.push(matcher.group() ?? "");
          end = matcher.end();
        }
        return found;
      },
    };
    known.set(source, expression);
  }
  return expression;
}

let loaded: typeof RE2JS | undefined;

/** Read when there is something to match, not at every start. */
function engine(): typeof RE2JS {
  loaded ??= (createRequire(import.meta.url)("re2js") as { RE2JS: typeof RE2JS }).RE2JS;
  return loaded;
}

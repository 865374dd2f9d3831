/**
 * Removes what a shell pattern matches from an end of a text, as Flux's `${v#pattern}` and its siblings do: over
 * bytes, and from the end by turning text and pattern around.
 */
export function trim(
  text: string,
  pattern: string,
  end: "start" | "end",
  greed: "shortest" | "longest",
): string {
  const [value, shape] = end === "start" ? [text, pattern] : [turned(text), turned(pattern)];
  const trimmed = trimStart(bytes(value), bytes(shape), greed);
  const result = Buffer.from(trimmed, "latin1").toString();
  return end === "start" ? result : turned(result);
}

/** The UTF-8 bytes of a text, one character for each. */
const bytes = (text: string): string => Buffer.from(text).toString("latin1");
const turned = (text: string): string => Array.from(text).reverse().join("");

function trimStart(text: string, pattern: string, greed: "shortest" | "longest"): string {
  let found = 0;
  for (let length = text.length; length > 0; length--) {
    const result = matches(pattern, text.slice(0, length));
    if (result === undefined) return text;
    if (!result) continue;
    found = length;
    if (greed === "longest") break;
  }
  return text.slice(found);
}

/** Whether a pattern matches all of a text; undefined if it is malformed where the text leads to. */
function matches(pattern: string, text: string): boolean | undefined {
  let rest = pattern;
  let left = text;
  next: while (rest !== "") {
    const { star, chunk, after } = firstChunk(rest);
    rest = after;
    if (star && chunk === "") return true;
    const here = matchChunk(chunk, left);
    if (here !== undefined && here !== false && (here === "" || rest !== "")) {
      left = here;
      continue;
    }
    if (here === undefined) return undefined;
    if (star)
      for (let skipped = 1; skipped <= left.length; skipped++) {
        const there = matchChunk(chunk, left.slice(skipped));
        if (there === undefined) return undefined;
        if (there === false || (rest === "" && there !== "")) continue;
        left = there;
        continue next;
      }
    return false;
  }
  return left === "";
}

/** The pattern's first part without a star, and whether a star is before it. */
function firstChunk(pattern: string): { star: boolean; chunk: string; after: string } {
  let begin = 0;
  while (pattern[begin] === "*") begin++;
  let within = false;
  let end = begin;
  for (; end < pattern.length; end++) {
    const character = pattern[end]!;
    if (character === "\\") {
      if (end + 1 < pattern.length) end++;
    } else if (character === "[") within = true;
    else if (character === "]") within = false;
    else if (character === "*" && !within) break;
  }
  return { star: begin > 0, chunk: pattern.slice(begin, end), after: pattern.slice(end) };
}

/** What is left of the text behind the chunk, false if it does not begin with it, undefined if it is malformed. */
function matchChunk(chunk: string, text: string): string | false | undefined {
  let at = 0;
  let left = text;
  while (at < chunk.length) {
    if (left === "") return false;
    const character = chunk[at]!;
    if (character === "[") {
      const size = characterSize(left);
      const code = left.slice(0, size);
      left = left.slice(size);
      const set = matchSet(chunk, at + 1, codePoint(code));
      if (set === undefined) return undefined;
      if (!set.matched) return false;
      at = set.end;
    } else if (character === "?") {
      left = left.slice(characterSize(left));
      at++;
    } else {
      if (character === "\\") at++;
      if (at >= chunk.length) return undefined;
      if (chunk[at] !== left[0]) return false;
      left = left.slice(1);
      at++;
    }
  }
  return left;
}

function matchSet(chunk: string, begin: number, code: number): { matched: boolean; end: number } | undefined {
  let at = begin;
  const negated = chunk[at] === "^";
  if (negated) at++;
  let matched = false;
  for (let ranges = 0; ; ranges++) {
    if (chunk[at] === "]" && ranges > 0) break;
    const low = setMember(chunk, at);
    if (low === undefined) return undefined;
    at = low.end;
    let high = low.code;
    if (chunk[at] === "-") {
      const upper = setMember(chunk, at + 1);
      if (upper === undefined) return undefined;
      high = upper.code;
      at = upper.end;
    }
    if (low.code <= code && code <= high) matched = true;
  }
  return { matched: matched !== negated, end: at + 1 };
}

function setMember(chunk: string, begin: number): { code: number; end: number } | undefined {
  let at = begin;
  if (at >= chunk.length || chunk[at] === "-" || chunk[at] === "]") return undefined;
  if (chunk[at] === "\\" && ++at >= chunk.length) return undefined;
  const size = characterSize(chunk.slice(at));
  const end = at + size;
  return end >= chunk.length ? undefined : { code: codePoint(chunk.slice(at, end)), end };
}

/** Bytes of the text's first character. */
function characterSize(text: string): number {
  const lead = text.charCodeAt(0);
  const size = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  const character = Buffer.from(text.slice(0, size), "latin1").toString();
  return character.includes("\ufffd") ? 1 : size;
}

const codePoint = (character: string): number => Buffer.from(character, "latin1").toString().codePointAt(0)!;

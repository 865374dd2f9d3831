import { type Dialect, resolveScalar } from "./go-scalar.ts";

/** YAML that is not of the plain kind that {@link readPlainYaml} reads: a full reader has to. */
export class Irregular extends Error {}

/**
 * Reads one document of the YAML that people and tools write for Kubernetes, several times faster than a full
 * reader: block mappings and lists, one-line scalars, literal blocks. It gives up on everything else (anchors,
 * tags, folded or multi-line scalars, flow collections that are not empty) and on all that may be wrong.
 * @throws Irregular
 */
export function readPlainYaml(text: string, dialect: Dialect): unknown {
  const reader = new PlainReader(text, dialect);
  return reader.document();
}

const blank = /[ \t]*(?:#.*)?$/y;

class PlainReader {
  readonly #text: string;
  readonly #dialect: Dialect;
  /** Where the current line's content begins, and how deep that is; -1 behind the end. */
  #at = 0;
  #indent = -1;
  /** Where the current line ends. */
  #end = -1;

  constructor(text: string, dialect: Dialect) {
    this.#text = text;
    this.#dialect = dialect;
    if (text.includes("\t") || text.includes("\r") || text.charCodeAt(0) === 0xfeff) this.#controls();
    this.#next();
  }

  /** Tabs are fine within texts, nowhere else. */
  #controls(): void {
    if (/^[ ]*\t|\r|[:-]\t|\t#|^\ufeff/m.test(this.#text)) throw new Irregular();
  }

  /** Moves to the next line that is neither empty nor a comment. */
  #next(): void {
    const text = this.#text;
    let begin = this.#end + 1;
    for (;;) {
      if (begin >= text.length) {
        this.#indent = -1;
        this.#at = text.length;
        this.#end = text.length;
        return;
      }
      let at = begin;
      while (text.charCodeAt(at) === 32) at++;
      const code = text.charCodeAt(at);
      if (code === 10) {
        begin = at + 1;
        continue;
      }
      let end = text.indexOf("\n", at);
      if (end < 0) end = text.length;
      if (code === 35 || at >= text.length) {
        begin = end + 1;
        continue;
      }
      this.#at = at;
      this.#indent = at - begin;
      this.#end = end;
      return;
    }
  }

  document(): unknown {
    if (this.#indent < 0) return null;
    const code = this.#text.charCodeAt(this.#at);
    if (code === 37 || this.#text.startsWith("---", this.#at) || this.#text.startsWith("...", this.#at))
      throw new Irregular();
    const value = this.#block(this.#indent);
    if (this.#indent >= 0) throw new Irregular();
    return value;
  }

  /** A mapping or list whose items begin at `indent`. */
  #block(indent: number): unknown {
    if (this.#isItem()) return this.#list(indent);
    return this.#mapping(indent);
  }

  #isItem(): boolean {
    if (this.#text.charCodeAt(this.#at) !== 45) return false;
    const next = this.#at + 1;
    return next >= this.#end || this.#text.charCodeAt(next) === 32;
  }

  #list(indent: number): unknown[] {
    const items: unknown[] = [];
    while (this.#indent === indent && this.#isItem()) {
      let at = this.#at + 1;
      while (this.#text.charCodeAt(at) === 32) at++;
      if (at >= this.#end || this.#text.charCodeAt(at) === 35) {
        this.#next();
        items.push(this.#indent > indent ? this.#block(this.#indent) : null);
        continue;
      }
      // What follows on the line is deeper by as much as it stands to the right.
      const inner = indent + (at - this.#at);
      this.#at = at;
      this.#indent = inner;
      if (this.#isItem() || this.#keyEnd(at) >= 0) items.push(this.#block(inner));
      else items.push(this.#scalarLine(at, indent));
    }
    if (this.#indent > indent) throw new Irregular();
    return items;
  }

  #mapping(indent: number): Record<string, unknown> {
    const mapping: Record<string, unknown> = {};
    while (this.#indent === indent) {
      if (this.#isItem()) throw new Irregular();
      const colon = this.#keyEnd(this.#at);
      if (colon < 0) throw new Irregular();
      const key = this.#key(this.#at, colon);
      if (key in mapping) throw new Irregular();
      let at = colon + 1;
      while (this.#text.charCodeAt(at) === 32) at++;
      if (at >= this.#end || this.#text.charCodeAt(at) === 35) {
        this.#next();
        // A list may stand as deep as its key.
        if (this.#indent > indent || (this.#indent === indent && this.#isItem()))
          mapping[key] = this.#block(this.#indent);
        else mapping[key] = null;
      } else mapping[key] = this.#scalarLine(at, indent);
    }
    if (this.#indent > indent) throw new Irregular();
    return mapping;
  }

  /** Where the colon behind the key is that begins at `at`, -1 if there is none. */
  #keyEnd(at: number): number {
    const text = this.#text;
    const first = text.charCodeAt(at);
    if (first === 34 || first === 39) {
      const close = this.#quoteEnd(at);
      let colon = close + 1;
      while (text.charCodeAt(colon) === 32) colon++;
      if (text.charCodeAt(colon) !== 58) return -1;
      return colon + 1 >= this.#end || text.charCodeAt(colon + 1) === 32 ? colon : -1;
    }
    for (
      let colon = text.indexOf(":", at);
      colon >= 0 && colon < this.#end;
      colon = text.indexOf(":", colon + 1)
    ) {
      if (colon + 1 < this.#end && text.charCodeAt(colon + 1) !== 32) continue;
      const comment = text.indexOf(" #", at);
      return comment >= 0 && comment < colon ? -1 : colon;
    }
    return -1;
  }

  /** The last character of the quoted text that begins at `at`, on its line. */
  #quoteEnd(at: number): number {
    const text = this.#text;
    const quote = text.charCodeAt(at);
    for (let i = at + 1; i < this.#end; i++) {
      const code = text.charCodeAt(i);
      if (code === 92 && quote === 34) i++;
      else if (code === quote) {
        if (quote === 39 && text.charCodeAt(i + 1) === 39) i++;
        else return i;
      }
    }
    throw new Irregular();
  }

  #key(from: number, colon: number): string {
    let to = colon;
    while (this.#text.charCodeAt(to - 1) === 32) to--;
    const value = this.#scalar(this.#text.slice(from, to));
    // Keys that are no text, merges, and what JavaScript takes for its own.
    if (typeof value !== "string" || value === "<<" || value === "__proto__" || value.length > 1000)
      throw new Irregular();
    return value;
  }

  /** The scalar that begins at `at` and ends with the line, or the block below it. */
  #scalarLine(at: number, indent: number): unknown {
    const text = this.#text;
    const first = text.charCodeAt(at);
    if (first === 124) return this.#literal(at, indent);
    let to = this.#end;
    if (first === 34 || first === 39) {
      to = this.#quoteEnd(at) + 1;
      blank.lastIndex = to;
      const rest = text.slice(to, this.#end);
      if (rest !== "" && !/^(?: +(?:#.*)?)$/.test(rest)) throw new Irregular();
    } else {
      const comment = text.indexOf(" #", at);
      if (comment >= 0 && comment < to) to = comment;
      while (text.charCodeAt(to - 1) === 32) to--;
    }
    const value = this.#scalar(text.slice(at, to));
    this.#next();
    // A deeper line goes on with the scalar.
    if (this.#indent > indent) throw new Irregular();
    return value;
  }

  #scalar(source: string): unknown {
    const first = source.charCodeAt(0);
    switch (first) {
      case 34: // "
        if (!source.includes("\\")) {
          if (source.indexOf('"', 1) !== source.length - 1) throw new Irregular();
          return source.slice(1, -1);
        }
        // Only the escapes that JSON has too.
        if (/\\[^"\\/bnrt]/.test(source.replaceAll("\\\\", ""))) throw new Irregular();
        try {
          return JSON.parse(source) as string;
        } catch {
          throw new Irregular();
        }
      case 39: // '
        return source.slice(1, -1).replaceAll("''", "'");
      case 91: // [
        if (source === "[]") return [];
        throw new Irregular();
      case 123: // {
        if (source === "{}") return {};
        throw new Irregular();
      case 33: // !
      case 37: // %
      case 38: // &
      case 42: // *
      case 62: // >
      case 64: // @
      case 93: // ]
      case 96: // `
      case 124: // |
      case 125: // }
      case 44: // ,
        throw new Irregular();
      case 45: // -
      case 63: // ?
      case 58: // :
        if (source.length === 1 || source[1] === " ") throw new Irregular();
        break;
    }
    if (source.includes(": ") || source.endsWith(":")) throw new Irregular();
    return resolveScalar(source, this.#dialect);
  }

  /** `|`, `|-` or `|+`, and the lines below it that are deeper than `indent`. */
  #literal(at: number, indent: number): string {
    const text = this.#text;
    const match = /^\|([-+]?)(?: +#.*| *)$/.exec(text.slice(at, this.#end));
    if (match === null) throw new Irregular();
    const chomping = match[1];
    const lines: string[] = [];
    let depth = -1;
    let begin = this.#end + 1;
    let last = this.#end;
    while (begin < text.length) {
      let end = text.indexOf("\n", begin);
      if (end < 0) end = text.length;
      let content = begin;
      while (text.charCodeAt(content) === 32 && content < end) content++;
      if (content >= end) {
        // An empty line, or one of blanks only: deeper than the block it is content.
        if (depth < 0 && content - begin > indent + 1) throw new Irregular();
        lines.push(depth >= 0 && content - begin > depth ? text.slice(begin + depth, end) : "");
      } else {
        const deep = content - begin;
        if (depth < 0) {
          if (deep <= indent) break;
          depth = deep;
        }
        if (deep < depth) {
          if (deep > indent) throw new Irregular();
          break;
        }
        lines.push(text.slice(begin + depth, end));
      }
      last = end;
      begin = end + 1;
    }
    // Trailing blank-only lines that are indented are rare, and each reader sees them its own way.
    let kept = lines.length;
    while (kept > 0 && lines[kept - 1] === "") kept--;
    const ended = last < text.length;
    this.#end = last;
    this.#next();
    if (kept === 0) {
      if (chomping === "+" && lines.length > 0) throw new Irregular();
      return "";
    }
    const body = lines.slice(0, kept).join("\n");
    if (chomping === "-") return body;
    if (chomping === "+") {
      if (!ended) throw new Irregular();
      return `${body}${"\n".repeat(lines.length - kept + 1)}`;
    }
    return ended || kept < lines.length ? `${body}\n` : body;
  }
}

/** A `${name…}` in a manifest, which Flux's postBuild substitution will replace. */
export interface FoundPlaceholder {
  readonly name: string;
  /** As it stands there, `${name:=default}`. */
  readonly text: string;
}

/**
 * The placeholders in a text. `$${…}` is literal, a bare `$name` is none (Flux's documentation on post build
 * variable substitution). A `${` without a variable's name behind it is given with an empty name: Flux fails on it.
 */
export function placeholdersIn(text: string): FoundPlaceholder[] {
  const found: FoundPlaceholder[] = [];
  for (const match of text.matchAll(/(\$+)\{(#?)([A-Za-z_]\w*)?([^}]*)\}?/g))
    if (match[1]!.length % 2 === 1)
      found.push({ name: match[3] ?? "", text: match[0].slice(match[1]!.length - 1) });
  return found;
}

type Json = Readonly<Record<string, unknown>>;

const symbol = /⟨[^⟩]*⟩/g;

/**
 * The object with a placeholder for each symbol: both stand for a value that is not known here, and what reads
 * schemas knows placeholders.
 */
export function asPlaceholders<T>(value: T): T {
  return (holdsSymbol(value) ? replaced(value) : value) as T;
}

/** Whether a value holds something that git does not know. */
export function holdsSymbol(value: unknown): boolean {
  if (typeof value === "string") return value.includes("⟨");
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([key, item]) => key.includes("⟨") || holdsSymbol(item));
}

function replaced(value: unknown): unknown {
  if (typeof value === "string") return value.replace(symbol, "${unknown}");
  if (Array.isArray(value)) return value.map(replaced);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value as Json).map(([key, item]) => [key.replace(symbol, "${unknown}"), replaced(item)]),
  );
}

/** A text as a regular expression that matches it and nothing else, in JavaScript's syntax and in RE2's. */
export const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** The seconds of a time such as `90s`, `10m` or `1h`, or undefined. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+)(s|m|h)$/.exec(text);
  return match === null
    ? undefined
    : Number(match[1]) * { s: 1, m: 60, h: 3600 }[match[2] as "s" | "m" | "h"];
}

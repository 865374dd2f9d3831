const units: Readonly<Record<string, number>> = { h: 3600, d: 86_400, w: 7 * 86_400 };

/**
 * When a sandbox expires: a duration from now (`12h`, `3d`, `2w`), or a date or time (`2026-12-24`,
 * `2026-12-24T09:00:00Z`; a date means its end in UTC).
 * @returns the time in UTC, to the second, or what is wrong with the text
 */
export function parseExpiry(text: string, now: Date): { expires: string } | { problem: string } {
  const duration = /^(\d{1,4})([hdw])$/.exec(text);
  if (duration !== null) {
    const seconds = Number(duration[1]) * units[duration[2]!]!;
    return seconds === 0
      ? { problem: `'${text}' is over at once` }
      : { expires: toSecond(new Date(now.getTime() + seconds * 1000)) };
  }
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d))?$/.test(text))
    return { problem: `'${text}' is neither a duration such as 12h, 3d or 2w nor a date such as 2026-12-24` };
  const time = new Date(text.length === 10 ? `${text}T23:59:59Z` : text);
  if (Number.isNaN(time.getTime()) || !toSecond(time).startsWith(text.length === 10 ? text : ""))
    return { problem: `'${text}' is no date` };
  return time <= now ? { problem: `'${text}' is in the past` } : { expires: toSecond(time) };
}

/** A time in UTC, to the second: `2026-12-24T09:00:00Z`. */
export function toSecond(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

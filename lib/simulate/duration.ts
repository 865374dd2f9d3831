const units: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  ms: 0.001,
  s: 1,
  m: 60,
  h: 3600,
};

/** Seconds of a Go duration such as `1h2m3s`, `1.5m` or `500ms`; undefined where it is none. */
export function seconds(duration: unknown): number | undefined {
  if (typeof duration !== "string" || !/^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/.test(duration))
    return undefined;
  let sum = 0;
  for (const [, number, unit] of duration.matchAll(/([\d.]+)(ns|us|µs|ms|s|m|h)/g))
    sum += Number(number) * units[unit!]!;
  return sum;
}

/** Seconds as people read them: `45 s`, `3 min`, `1 h 10 min`. */
export function showSeconds(all: number): string {
  if (all < 90) return `${Math.round(all)} s`;
  const minutes = Math.round(all / 60);
  if (minutes < 90) return `${minutes} min`;
  const rest = minutes % 60;
  return `${Math.floor(minutes / 60)} h${rest === 0 ? "" : ` ${rest} min`}`;
}

/** One look at a cluster: which version of something it ran, and how it was. Times are milliseconds since 1970. */
export interface Observation {
  readonly cluster: string;
  /** A bundle, an app or `kubernetes`. */
  readonly what: string;
  /** As people say it: `1.4.2`; what a branch had is told by its commit. */
  readonly version: string;
  /** Equal for what is the same whatever it is called: a bundle's tree in git, otherwise the version. */
  readonly content: string;
  readonly state: "ready" | "not ready";
  /** Since when it has been in this state, with this content, without a break. */
  readonly since: number;
  /** When it was looked at. */
  readonly at: number;
  /** Why it is not ready. */
  readonly reason?: string;
}

/** What is known of one content on one cluster, from all looks at it. */
export interface Evidence extends Pick<Observation, "cluster" | "what" | "version" | "content"> {
  /** The longest time that it is known to have run, Ready, without a break. */
  readonly ran?: { readonly since: number; readonly until: number };
  /** The newest look. */
  readonly last: Pick<Observation, "state" | "since" | "at" | "reason">;
}

/** Adds a look to what is known. Looks may come in any order, and twice. */
export function withObservation(
  known: Evidence | undefined,
  { cluster, what, version, content, state, since, at, reason }: Observation,
): Evidence {
  const seen: Evidence = {
    cluster,
    what,
    version,
    content,
    ...(state === "ready" ? { ran: { since, until: at } } : {}),
    last: { state, since, at, ...(reason === undefined ? {} : { reason }) },
  };
  return known === undefined ? seen : mergeEvidence(known, seen);
}

/**
 * A look that does not tell since when, as going on from the look before. Only for what never goes back to an
 * older version, as Kubernetes does not.
 */
export function continued(observation: Observation, known: Evidence | undefined): Observation {
  return observation.what === "kubernetes" && observation.state === "ready" && known?.last.state === "ready"
    ? { ...observation, since: Math.min(observation.since, known.last.since) }
    : observation;
}

/** What two records of the same content on the same cluster say together, whichever comes first. */
export function mergeEvidence(a: Evidence, b: Evidence): Evidence {
  const [older, newer] = inOrder(a, b) ? [a, b] : [b, a];
  const ran = longer(older.ran, newer.ran);
  return {
    cluster: newer.cluster,
    what: newer.what,
    version: newer.version,
    content: newer.content,
    ...(ran === undefined ? {} : { ran }),
    last: newer.last,
  };
}

/** At the same moment, the one that is not ready counts as the newer. */
function inOrder(a: Evidence, b: Evidence): boolean {
  if (a.last.at !== b.last.at) return a.last.at < b.last.at;
  if (a.last.state !== b.last.state) return b.last.state === "not ready";
  return JSON.stringify([a.last, a.version]) <= JSON.stringify([b.last, b.version]);
}

function longer(a: Evidence["ran"], b: Evidence["ran"]): Evidence["ran"] {
  if (a === undefined || b === undefined) return a ?? b;
  const [longA, longB] = [a, b].map(({ since, until }) => until - since);
  return longB! > longA! || (longB === longA && b.until > a.until) ? b : a;
}

import type { Fleet } from "./fleet.ts";
import { suggestion } from "./suggestion.ts";
import type { Problem } from "./user-error.ts";

/** What the fleet asks of a version on its way through the clusters. */
export interface PromotionSettings {
  /** The stages that a version goes through, the first one first. */
  readonly stages: readonly StageSettings[];
  /**
   * What a promotion writes of a release: its `tag`, or its `digest` beside the tag, so that a tag that is moved or
   * taken away later changes nothing.
   * @default tag
   */
  readonly pin?: "tag" | "digest";
}

/** One stage. */
export interface StageSettings {
  /** The environment type whose clusters are the stage. */
  readonly type: string;
  /** How long a version has to run here, Ready, before it may go on: `30m`, `12h`, `3d`. @default as long as it takes to be Ready */
  readonly soak?: string;
  /**
   * Clusters of the stage that another repository has, by name: what was attested of them there counts.
   * @default none
   */
  readonly elsewhere?: readonly string[];
}

/** A stage as it is worked with. */
export interface Stage {
  /** The environment type's name. */
  readonly type: string;
  /** Milliseconds. */
  readonly soak: number;
  /** Names of its clusters that another repository has. */
  readonly elsewhere?: readonly string[];
}

/** The fleet's stages, without those that {@link promotionProblems} finds fault with. */
export function stagesOf({ promotion }: Pick<Fleet, "promotion">): readonly Stage[] {
  return (promotion?.stages ?? []).map(({ type, soak, elsewhere }) => ({
    type,
    soak: milliseconds(soak ?? "0s") ?? 0,
    ...(elsewhere === undefined ? {} : { elsewhere }),
  }));
}

/** What is wrong with the fleet's stages. */
export function promotionProblems({ promotion, types }: Pick<Fleet, "promotion" | "types">): Problem[] {
  if (promotion === undefined) return [];
  const where = "clusters/fleet.ts";
  const problems: Problem[] = [];
  const names = Object.values(types).map(({ name }) => name);
  const seen = new Set<string>();
  promotion.stages.forEach(({ type, soak }, index) => {
    if (!names.includes(type))
      problems.push({
        where,
        message: `the stage '${type}' is no environment type${suggestion(type, names)}`,
      });
    if (seen.has(type)) problems.push({ where, message: `the type '${type}' is a stage twice` });
    seen.add(type);
    if (soak !== undefined && milliseconds(soak) === undefined)
      problems.push({
        where,
        message: `the soak time '${soak}' of the stage '${type}' is none`,
        remedy: "write a number and s, m, h or d: 30m, 12h, 3d",
      });
    if (index === 0 && Object.values(types).some(({ name, protected: guarded }) => name === type && guarded))
      problems.push({
        where,
        message: `'${type}' is protected and the first stage, so nothing would be asked of what reaches it`,
        remedy: "put a stage before it",
      });
  });
  return problems;
}

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A duration such as `30m`, in milliseconds, or undefined. */
function milliseconds(text: string): number | undefined {
  const match = /^(\d{1,6})([smhd])$/.exec(text);
  return match === null ? undefined : Number(match[1]) * units[match[2]!]!;
}

/** Milliseconds as people say them: `2 d 3 h`, `45 min`, `10 s`. */
export function describeDuration(duration: number): string {
  const parts: string[] = [];
  let rest = Math.max(0, Math.ceil(duration / 1000));
  for (const [size, unit] of [
    [86_400, "d"],
    [3600, "h"],
    [60, "min"],
    [1, "s"],
  ] as const) {
    const count = Math.floor(rest / size);
    if (count > 0 && parts.length < 2) parts.push(`${count} ${unit}`);
    rest -= count * size;
  }
  return parts.length === 0 ? "0 s" : parts.join(" ");
}

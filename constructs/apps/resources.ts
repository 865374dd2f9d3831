/**
 * What one replica needs. Of memory it gets just that; CPU that others leave it may use too, as a limit on it
 * slows a program down while the node idles.
 */
export interface ResourceProps {
  /** Requested CPU: `250m`, `2`, `0.5`. @default 50m */
  readonly cpu?: string;
  /** Requested memory, and the limit that it is killed over: `256Mi`, `1Gi`. @default 128Mi */
  readonly memory?: string;
}

const cpuPattern = /^(\d+)m$|^(\d+(?:\.\d+)?)$/;
const memoryPattern = /^(\d+)(Mi|Gi)$/;

/** What is wrong with resources. */
export function resourceProblems({ cpu = "50m", memory = "128Mi" }: ResourceProps = {}): (string | false)[] {
  return [
    !cpuPattern.test(cpu) && `cpu '${cpu}' is no quantity such as 250m or 2`,
    !memoryPattern.test(memory) && `memory '${memory}' is no quantity such as 256Mi or 1Gi`,
  ];
}

/** Resources that have no {@link resourceProblems}, as numbers. */
export function resourceQuantities({ cpu = "50m", memory = "128Mi" }: ResourceProps = {}): {
  cpuMillis: number;
  memoryMebibytes: number;
} {
  const [, millis, units] = cpuPattern.exec(cpu)!;
  const [, amount, unit] = memoryPattern.exec(memory)!;
  return {
    cpuMillis: millis === undefined ? Math.round(Number(units) * 1000) : Number(millis),
    memoryMebibytes: Number(amount) * (unit === "Gi" ? 1024 : 1),
  };
}

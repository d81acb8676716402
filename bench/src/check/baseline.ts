import { median } from "../numbers.ts";
import type { Ratio } from "./ratios.ts";

/** A ratio over the recorded runs. */
export interface StoredRatio {
  readonly better: "higher" | "lower";
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** The content of `bench/baseline.json`. */
export interface Baseline {
  /** Where it was recorded. */
  readonly machine: string;
  readonly runs: number;
  readonly ratios: Readonly<Record<string, StoredRatio>>;
}

/** A ratio that became worse. */
export interface Regression {
  readonly name: string;
  readonly measured: number;
  readonly stored: StoredRatio;
  /** The worst value that passes. */
  readonly limit: number;
}

/** A ratio may be this much worse than the worst recorded run. */
const tolerance = 0.2;

/**
 * Compares a run with the stored ratios. A ratio fails if it is more than 20 % worse than the worst recorded run, so noise
 * within the recorded spread never fails. Ratios that are not stored pass.
 */
export function findRegressions(baseline: Baseline, measured: readonly Ratio[]): readonly Regression[] {
  return measured.flatMap(({ name, value }) => {
    const stored = baseline.ratios[name];
    if (stored === undefined) return [];
    const isHigher = stored.better === "higher";
    const limit = isHigher ? stored.min * (1 - tolerance) : stored.max * (1 + tolerance);
    const isWorse = isHigher ? value < limit : value > limit;
    return isWorse ? [{ name, measured: value, stored, limit }] : [];
  });
}

/** Summarises the ratios of several runs. */
export function toBaseline(machine: string, runs: readonly (readonly Ratio[])[]): Baseline {
  const byName = Map.groupBy(runs.flat(), ({ name }) => name);
  const ratios = [...byName].map(([name, found]) => {
    const values = found.map(({ value }) => value);
    const better = found[0]?.better ?? "higher";
    const stored = { better, median: median(values), min: Math.min(...values), max: Math.max(...values) };
    return [name, stored] as const;
  });
  return { machine, runs: runs.length, ratios: Object.fromEntries(ratios) };
}

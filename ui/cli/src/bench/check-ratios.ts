import type { Ratio, Regression } from "@mio/bench";
import { CliError, exitCodes } from "../cli-error.ts";
import type { Io } from "../io.ts";

/** Compares the ratios of a run with the stored ones. Sets exit code 1 if one is worse, and says which. */
export async function checkRatios(measured: readonly Ratio[], io: Io): Promise<readonly Regression[]> {
  const { findRegressions, readBaseline } = await import("@mio/bench");
  const baseline = await readBaseline();
  if (baseline === undefined) {
    throw new CliError("bench/baseline.json has no ratios to compare with", {
      exitCode: exitCodes.environment,
      next: "on a quiet machine, run ./mio bench --record",
    });
  }
  const regressions = findRegressions(baseline, measured);
  for (const { name, measured: value, stored, limit } of regressions) {
    const { median, min, max } = stored;
    io.note(`mio: ${name} is ${value}; stored: ${median} (${min} to ${max}), limit: ${limit.toFixed(2)}`);
  }
  if (regressions.length > 0) {
    io.note(
      "mio: run it again on a quiet machine; if it stays, find the change, or record it with ./mio bench --record",
    );
    io.exitWith(exitCodes.failed);
  }
  return regressions;
}

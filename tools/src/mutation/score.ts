import { z } from "zod";

/** The part of Stryker's report that is read: https://github.com/stryker-mutator/mutation-testing-elements (schema) */
const reportSchema = z.object({
  files: z.record(
    z.string(),
    z.object({
      mutants: z.array(
        z.object({
          mutatorName: z.string(),
          status: z.string(),
          replacement: z.string().optional(),
          location: z.object({ start: z.object({ line: z.number() }) }),
        }),
      ),
    }),
  ),
});

/** What became of a package's mutants. */
export interface MutationScore {
  readonly killed: number;
  /** Some test ran the code, and none failed. */
  readonly survived: number;
  /** No test runs the code. */
  readonly uncovered: number;
  /** Killed, of all that could be; whole percent, 100 when there was none. */
  readonly percent: number;
  /** `file:line mutator replacement`, of every mutant that was not killed. */
  readonly alive: readonly string[];
}

const killedStatuses = new Set(["Killed", "Timeout"]);

/** Reads Stryker's JSON report. Mutants that do not compile or were left out count neither way. */
export function toScore(report: unknown): MutationScore {
  const mutants = Object.entries(reportSchema.parse(report).files).flatMap(([file, { mutants: all }]) =>
    all.map((mutant) => ({ ...mutant, file })),
  );
  const killed = mutants.filter(({ status }) => killedStatuses.has(status)).length;
  const survivors = mutants.filter(({ status }) => status === "Survived");
  const uncovered = mutants.filter(({ status }) => status === "NoCoverage");
  const alive = [...survivors, ...uncovered];
  const all = killed + alive.length;
  return {
    killed,
    survived: survivors.length,
    uncovered: uncovered.length,
    percent: all === 0 ? 100 : Math.floor((100 * killed) / all),
    alive: alive.map(
      ({ file, location, mutatorName, replacement = "" }) =>
        `${file}:${location.start.line} ${mutatorName} ${replacement.split("\n", 1)[0]}`,
    ),
  };
}

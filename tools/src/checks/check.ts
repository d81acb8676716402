import type { Ended, RunOptions } from "../run-program.ts";

/** The input of a step of `mio check`. */
export interface CheckContext {
  /** The root of the repository. */
  readonly root: string;
  /** Runs a program of the repository's toolchain in the root. Never rejects because of its exit code. */
  readonly run: (program: string, args: readonly string[], options?: RunOptions) => Promise<Ended>;
}

/** The result of one step. */
export interface Verdict {
  readonly ok: boolean;
  /** A short text for the line of the step. */
  readonly detail: string;
  /** All problems, if it is not ok. */
  readonly output: string;
}

/** One step of `mio check`; it only reads the tree. */
export interface Check {
  readonly name: string;
  readonly what: string;
  readonly run: (context: CheckContext) => Promise<Verdict>;
  /** Fills an empty folder with files that the step must refuse; `canary` then runs the step there. */
  readonly plant?: (folder: string, context: CheckContext) => Promise<void>;
}

/** Returns the verdict for a list of problems; an empty list is ok. */
export function verdictOf(problems: readonly string[], detail: string): Verdict {
  const ok = problems.length === 0;
  return { ok, detail: ok ? detail : `${problems.length} problem(s)`, output: problems.join("\n") };
}

/** Runs programs one by one and stops at the first failure. */
export async function runAll(
  context: CheckContext,
  commands: readonly (readonly [program: string, ...args: string[]])[],
): Promise<Verdict> {
  for (const [program, ...args] of commands) {
    const ended = await context.run(program, args);
    const title = [program, ...args].join(" ");
    if (ended.exitCode !== 0)
      return { ok: false, detail: `${title} failed`, output: `$ ${title}\n${ended.output}` };
  }
  return { ok: true, detail: commands.map(([program]) => program).join(", "), output: "" };
}

import type { Ended, RunOptions } from "../run-program.ts";

/** What a step of `mio check` is given. */
export interface CheckContext {
  /** The root of the repository. */
  readonly root: string;
  /** Runs a program of this repository's toolchain in the root, and never rejects for its exit code. */
  readonly run: (program: string, args: readonly string[], options?: RunOptions) => Promise<Ended>;
}

/** How one step ended. */
export interface Verdict {
  readonly ok: boolean;
  /** A few words for the line of the step. */
  readonly detail: string;
  /** What is wrong, in full, when it is not ok. */
  readonly output: string;
}

/** One step of `mio check`; it reads the tree and leaves it as it is. */
export interface Check {
  readonly name: string;
  readonly what: string;
  readonly run: (context: CheckContext) => Promise<Verdict>;
  /** Fills an empty folder with what the step must refuse; the step `canary` plants it and runs this step there. */
  readonly plant?: (folder: string, context: CheckContext) => Promise<void>;
}

/** A verdict from a list of complaints, empty when all is well. */
export function verdictOf(problems: readonly string[], detail: string): Verdict {
  const ok = problems.length === 0;
  return { ok, detail: ok ? detail : `${problems.length} problem(s)`, output: problems.join("\n") };
}

/** Runs programs one after the other and stops at the first that fails. */
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

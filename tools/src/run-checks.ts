import type { Check, CheckContext, Verdict } from "./checks/check.ts";
import { checks } from "./checks/index.ts";
import { createRunner, type ProgramsOptions } from "./run-program.ts";

export interface CheckResult extends Verdict {
  readonly name: string;
  readonly ms: number;
}

export interface CheckReport {
  readonly ok: boolean;
  readonly checks: readonly CheckResult[];
}

export interface RunChecksOptions extends ProgramsOptions {
  /** Names of the steps to run; default all. */
  readonly only?: readonly string[];
  readonly onResult?: (result: CheckResult) => void;
}

/** Two steps at a time: most of them use a core each. */
const parallel = 2;

/** Every step: its name and what it checks. */
export function listChecks(): readonly Pick<Check, "name" | "what">[] {
  return checks;
}

/** Runs the steps of `mio check`. A failed step does not stop the others. */
export async function runChecks(options: RunChecksOptions): Promise<CheckReport> {
  const context: CheckContext = { root: options.root, run: createRunner(options) };
  const waiting = checks.filter(({ name }) => options.only?.includes(name) ?? true);
  const results: CheckResult[] = [];
  const takeTurns = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      options.signal.throwIfAborted();
      const result = await time(next, context);
      results.push(result);
      options.onResult?.(result);
    }
  };
  await Promise.all(Array.from({ length: parallel }, takeTurns));
  return { ok: results.every(({ ok }) => ok), checks: results };
}

async function time(check: Check, context: CheckContext): Promise<CheckResult> {
  const start = performance.now();
  const verdict = await check.run(context).catch(brokenStep);
  return { name: check.name, ms: Math.round(performance.now() - start), ...verdict };
}

function brokenStep(error: unknown): Verdict {
  const output = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { ok: false, detail: "the step itself failed", output };
}

import type { Reporter, SerializedError, TestModule, TestSuite } from "vitest/node";

/** Counts of a test run; a suite that fails outside its tests counts as one failure. */
export interface TestTally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The closing line of every test run. */
export function formatTally({ passed, failed, skipped }: TestTally): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/**
 * Prints the counts as the last line of a run, for people and scripts. A run without tests proves nothing, so
 * it fails.
 */
export class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const counted = tally(modules, unhandled.length);
    if (counted.passed + counted.failed === 0) process.exitCode = 1;
    process.stdout.write(`\n${formatTally(counted)}\n`);
  }
}

function tally(modules: readonly TestModule[], unhandled: number): TestTally {
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const count = (state: string) => tests.filter((test) => test.result().state === state).length;
  const groups: (TestModule | TestSuite)[] = modules.flatMap((module) => [
    module,
    ...module.children.allSuites(),
  ]);
  const brokenGroups = groups.filter((group) => group.errors().length > 0).length;
  return {
    passed: count("passed"),
    failed: count("failed") + count("pending") + brokenGroups + unhandled,
    skipped: count("skipped"),
  };
}

export {
  type CheckReport,
  type CheckResult,
  listChecks,
  type RunChecksOptions,
  runChecks,
} from "./run-checks.ts";
export { type RunTestsOptions, runTests } from "./run-tests.ts";

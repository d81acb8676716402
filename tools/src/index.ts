export {
  type BuildServicesOptions,
  type BuiltService,
  buildServices,
  type ServiceName,
} from "./build/build-services.ts";
export { type RunMutationOptions, runMutation } from "./mutation/run-mutation.ts";
export type { MutationScore } from "./mutation/score.ts";
export { type Packed, type PackOptions, packSdk } from "./pack/pack-sdk.ts";
export {
  type CheckReport,
  type CheckResult,
  listChecks,
  type RunChecksOptions,
  runChecks,
} from "./run-checks.ts";
export { type RunTestsOptions, runTests } from "./run-tests.ts";

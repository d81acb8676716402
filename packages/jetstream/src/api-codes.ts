/** Error numbers of JetStream: https://github.com/nats-io/nats-server/blob/main/server/errors.json */
export const jetStreamCodes = {
  accountResourcesExceeded: 10002,
  consumerNotFound: 10014,
  insufficientResources: 10023,
  memoryResourcesExceeded: 10028,
  messageNotFound: 10037,
  notEnabledForAccount: 10039,
  sequenceNotFound: 10043,
  storageResourcesExceeded: 10047,
  streamInvalidConfig: 10052,
  messageTooLarge: 10054,
  streamNameInUse: 10058,
  streamNotFound: 10059,
  subjectsOverlap: 10065,
  replicasNeedCluster: 10074,
  notEnabled: 10076,
  storeFailed: 10077,
  headerTooLarge: 10097,
  consumerFilterNotUnique: 10100,
  maxBytesRequired: 10113,
  consumerExists: 10148,
  duplicateInProcess: 10158,
  tooManyRequests: 10167,
} as const;

const fullCodes: ReadonlySet<number> = new Set([
  jetStreamCodes.accountResourcesExceeded,
  jetStreamCodes.insufficientResources,
  jetStreamCodes.memoryResourcesExceeded,
  jetStreamCodes.storageResourcesExceeded,
  jetStreamCodes.storeFailed,
]);

/** Whether the stream, the account or the disk behind it is full. Nothing was stored; a later try can succeed. */
export function isFull(code: number): boolean {
  return fullCodes.has(code);
}

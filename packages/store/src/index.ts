export { type AccountCache, type AccountCacheOptions, createAccountCache } from "./account-cache.ts";
export { listUnservedAccounts, type UnservedAccount } from "./account-channels.ts";
export { type AccountHealth, markHealthy, markReauthRequired, readAccountHealth } from "./account-health.ts";
export {
  type Account,
  type AccountChange,
  findAccount,
  listenForAccountChanges,
  listRoutableAccounts,
} from "./accounts.ts";
export { type AnsweredMessage, isAnsweredDeleted } from "./answered-message.ts";
export { assertWritable } from "./assert-writable.ts";
export { type CredentialLockOptions, withCredentialLock } from "./credential-lock.ts";
export {
  type AuthKind,
  listCredentials,
  readCredentials,
  replaceCredentials,
  resealCredentials,
  type SealedCredentials,
  type StoredCredentials,
  setCredentials,
} from "./credentials.ts";
export {
  type ClaimedDelivery,
  claimDelivery,
  type DeliveryAttempt,
  type DeliveryClaim,
  type DeliveryEnd,
  type EditedPost,
  endAttempt,
  takeOverDelivery,
} from "./deliveries.ts";
export { beatDeliveries } from "./delivery-leases.ts";
export { purgeRedrives, type Redrive, recordRedrive } from "./delivery-redrives.ts";
export {
  type Appointment,
  findDelivery,
  type KnownDelivery,
  readInterim,
  type Suppression,
  scheduleDelivery,
  suppressDelivery,
} from "./delivery-schedule.ts";
export { findUnsafeSettings, warnUnlessDurable } from "./durability.ts";
export {
  createLedger,
  type Ledger,
  type LedgerDraft,
  type LedgerEntry,
  type LedgerOptions,
} from "./ledger.ts";
export { findSourceMessageId } from "./messages.ts";
export { type MigrateOptions, migrate } from "./migrate.ts";
export {
  endOutboxTurn,
  maxOfConversation,
  measureOutbox,
  noteOutboxFailure,
  type OutboxDue,
  type OutboxEntry,
  type OutboxTurn,
  readOutbox,
  removeFromOutbox,
  takeOutboxTurn,
} from "./outbox.ts";
export {
  endLostDelivery,
  findOverdueDeliveries,
  type OverdueDelivery,
} from "./overdue-deliveries.ts";
export { findConversations, isForeignExternalId, type KnownConversation } from "./ownership.ts";
export { claimedExternalIds, findPostedWith } from "./posted-ids.ts";
export { type KeptBucket, readRateBucket, replaceRateBucket } from "./rate-buckets.ts";
export {
  type DeliveryRetention,
  purgeDeliveries,
  purgeMessages,
  purgeRateBuckets,
  type Removal,
  removeOld,
} from "./retention.ts";
export { type Db, openStore, type Store, type StoreOptions } from "./store.ts";
export { storeConfig } from "./store-config.ts";
export { isBadData, sqlStateOf, toStoreError } from "./store-error.ts";
export { type AccountSeed, ensureAccount, ensureTenant, type TenantSeed } from "./tenants.ts";

export { type AccountCache, type AccountCacheOptions, createAccountCache } from "./accounts/account-cache.ts";
export { listUnservedAccounts, type UnservedAccount } from "./accounts/account-channels.ts";
export {
  type AccountHealth,
  markHealthy,
  markReauthRequired,
  readAccountHealth,
} from "./accounts/account-health.ts";
export {
  type Account,
  type AccountChange,
  findAccount,
  listenForAccountChanges,
  listRoutableAccounts,
} from "./accounts/accounts.ts";
export { type CredentialLockOptions, withCredentialLock } from "./accounts/credential-lock.ts";
export {
  type AuthKind,
  listCredentials,
  readCredentials,
  replaceCredentials,
  resealCredentials,
  type SealedCredentials,
  type StoredCredentials,
  setCredentials,
} from "./accounts/credentials.ts";
export { type ConversationPlace, findConversations, type KnownConversation } from "./accounts/ownership.ts";
export { type AccountSeed, ensureAccount, ensureTenant, type TenantSeed } from "./accounts/tenants.ts";
export { assertWritable } from "./connection/assert-writable.ts";
export { findUnsafeSettings, warnUnlessDurable } from "./connection/durability.ts";
export { type Db, openStore, type Store, type StoreOptions } from "./connection/store.ts";
export { storeConfig } from "./connection/store-config.ts";
export { isBadData, sqlStateOf, toStoreError } from "./connection/store-error.ts";
export { type AnsweredMessage, isAnsweredDeleted } from "./deliveries/answered-message.ts";
export type {
  ClaimedDelivery,
  DeliveryAttempt,
  DeliveryClaim,
  DeliveryEnd,
  EditedPost,
} from "./deliveries/delivery.ts";
export { beatDeliveries } from "./deliveries/delivery-leases.ts";
export { createDeliveryLedger, type DeliveryLedger } from "./deliveries/delivery-ledger.ts";
export { purgeRedrives, type Redrive, recordRedrive } from "./deliveries/delivery-redrives.ts";
export {
  type Appointment,
  findDelivery,
  type KnownDelivery,
  type Suppression,
  scheduleDelivery,
  suppressDelivery,
} from "./deliveries/delivery-schedule.ts";
export {
  endLostDelivery,
  findOverdueDeliveries,
  type OverdueDelivery,
} from "./deliveries/overdue-deliveries.ts";
export {
  claimedExternalIds,
  findPostedWith,
  isForeignExternalId,
  readInterim,
} from "./deliveries/posted-ids.ts";
export { type KeptBucket, readRateBucket, replaceRateBucket } from "./deliveries/rate-buckets.ts";
export { takeOverDelivery } from "./deliveries/take-over.ts";
export {
  createLedger,
  type Ledger,
  type LedgerDraft,
  type LedgerEntry,
  type LedgerOptions,
} from "./ledger/ledger.ts";
export { findSourceMessageId } from "./ledger/messages.ts";
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
} from "./ledger/outbox.ts";
export { type MigrateOptions, migrate } from "./migrate/migrate.ts";
export { type DeliveryRotation, type Rotation, rotateDeliveries, rotateMessages } from "./partitions.ts";
export {
  purgeRateBuckets,
  type Removal,
  removeOld,
} from "./retention.ts";

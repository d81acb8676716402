export {
  assertCommand,
  assertMessage,
  checkCommand,
  checkMessage,
  describeProblems,
  type Problem,
  schemaVersion,
} from "./check.ts";
export {
  decodeCommand,
  decodeMessage,
  decodeReceipt,
  encodeCommand,
  encodeMessage,
  encodeReceipt,
} from "./codec.ts";
export { completeEnvelope, type EnvelopeIds } from "./complete-envelope.ts";
export {
  enrichedDedupId,
  inboundDedupId,
  maxDedupIdBytes,
  outboundDedupId,
  receiptDedupId,
} from "./dedup-ids.ts";
export { shortenEnvelope, truncatedAttribute } from "./fit-envelope.ts";
export { type HeaderEntry, headerNames } from "./headers.ts";
export {
  type AccountId,
  type CommandId,
  type ConversationId,
  idFromContent,
  isCommandId,
  isUuid,
  type MessageId,
  newId,
  type SourceMessageId,
  type TenantId,
  toAccountId,
  toCommandId,
  toConversationId,
  toMessageId,
  toSourceMessageId,
  toTenantId,
} from "./ids.ts";
export {
  defaultMaxEnvelopeBytes,
  isIdentity,
  maxIdBytes,
  sanitizeDraft,
  sanitizeId,
} from "./sanitize-draft.ts";
export { deletionIdOf, editMark } from "./source-ids.ts";
export {
  type Direction,
  deadLetterSubject,
  enrichedSubject,
  inboundSubject,
  isSubjectToken,
  outboundSubject,
  type ParsedSubject,
  parseSubject,
  type Route,
  receiptSubject,
  unknownToken,
} from "./subjects.ts";

// For channel adapters.

export type {
  AccountAccess,
  CredentialHealth,
  Credentials,
  CredentialVault,
  NewCredentials,
  Renewal,
} from "./access/credentials.ts";
export type { InstallAnswer, InstallFlow } from "./access/install.ts";
export { createLocalVault } from "./access/local-vault.ts";
export type { PeopleDirectory, Person } from "./access/people.ts";
export { perAccount } from "./access/per-account.ts";
export { reactionCharacterKey, replyAttributesKey } from "./attribute-keys.ts";
export type { Capabilities } from "./capabilities.ts";
export { type AddressedConversation, type Channel, defineChannel, type OpenChannel } from "./channel.ts";
// For the services that run channels.
export { channelSettings } from "./channel-settings.ts";
export { AttachmentError, type AttachmentFetcher, type FetchedAttachment } from "./files/attachment.ts";
export { attachmentFailure, tokenForFile } from "./files/attachment-failure.ts";
export { type FilePlatform, fetchFile } from "./files/fetch-file.ts";
export { addressesBeside, rangesSetting } from "./http/address-ranges.ts";
export { callWhile, type MayCall } from "./http/call-right.ts";
export { createHttpClient, type HttpClient, type HttpClientOptions } from "./http/http-client.ts";
export type {
  AnswerHeaders,
  HttpAnswer,
  HttpDownload,
  HttpFailure,
  HttpRequest,
} from "./http/http-message.ts";
export { retryAfterMs } from "./http/retry-after.ts";
export { addressSetting, isLoopback, parseHosts } from "./http/safe-address.ts";
export {
  type DigestEncoding,
  equalBytes,
  hmacSha256,
  hmacSha256Text,
  parseSha256Digest,
} from "./inbound/hmac.ts";
export type {
  HttpReply,
  InboundDraft,
  InboundEvent,
  RawWebhook,
  SocketContext,
  SocketInbound,
  SocketState,
  Verification,
  VerifiedBody,
  WebhookInbound,
} from "./inbound/inbound.ts";
export { mimeKind } from "./inbound/mime-kind.ts";
export { trustUnsigned, verified } from "./inbound/verified.ts";
export { allowsBroadcast } from "./outbound/allows-broadcast.ts";
export { type CallTimes, createCallTimes } from "./outbound/call-times.ts";
export { type ButtonRules, checkButtons } from "./outbound/check-buttons.ts";
export { DeliveryError, type DeliveryErrorKind, type DeliveryReason } from "./outbound/delivery-error.ts";
export { limitCalls } from "./outbound/limit-calls.ts";
export { type FailureContext, networkDeliveryError } from "./outbound/network-delivery-error.ts";
export type {
  CallContext,
  EarlierAttempt,
  EditTarget,
  Identity,
  KeptFile,
  Outbound,
  Reconciliation,
  ResolvedTarget,
  Sender,
  Sent,
} from "./outbound/outbound.ts";
export { trimEndOf, trimOf } from "./outbound/trim-of.ts";
export { rethrowUnlessUnrelated } from "./outbound/unrelated-failure.ts";
export { type ChannelRegistry, createRegistry } from "./registry.ts";
export { toCapabilitiesProto } from "./to-capabilities-proto.ts";
export { createTokenSource, type TokenSource, type TokenSourceOptions } from "./tokens/token-source.ts";

// For channel adapters.
export { allowsBroadcast } from "./allows-broadcast.ts";
export { AttachmentError, type AttachmentFetcher, type FetchedAttachment } from "./attachment.ts";
export { reactionCharacterKey, replyAttributesKey } from "./attribute-keys.ts";
export { callWhile, type MayCall } from "./call-right.ts";
export type { Capabilities } from "./capabilities.ts";
export { type AddressedConversation, type Channel, defineChannel, type OpenChannel } from "./channel.ts";
// For the services that run channels.
export { channelSettings } from "./channel-settings.ts";
export { type ButtonRules, checkButtons } from "./check-buttons.ts";
export type {
  AccountAccess,
  CredentialHealth,
  Credentials,
  CredentialVault,
  NewCredentials,
  Renewal,
} from "./credentials.ts";
export { DeliveryError, type DeliveryErrorKind, type DeliveryReason } from "./delivery-error.ts";
export { type DigestEncoding, equalBytes, hmacSha256, hmacSha256Text, parseSha256Digest } from "./hmac.ts";
export {
  createHttpClient,
  type HttpAnswer,
  type HttpClient,
  type HttpClientOptions,
  type HttpDownload,
  type HttpFailure,
  type HttpRequest,
} from "./http-client.ts";
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
} from "./inbound.ts";
export type { InstallAnswer, InstallFlow } from "./install.ts";
export { limitCalls } from "./limit-calls.ts";
export { createLocalVault } from "./local-vault.ts";
export { mimeKind } from "./mime-kind.ts";
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
} from "./outbound.ts";
export type { PeopleDirectory, Person } from "./people.ts";
export { perAccount } from "./per-account.ts";
export { type ChannelRegistry, createRegistry } from "./registry.ts";
export { retryAfterMs } from "./retry-after.ts";
export { toCapabilitiesProto } from "./to-capabilities-proto.ts";
export { createTokenSource, type TokenSource, type TokenSourceOptions } from "./token-source.ts";
export { trimEndOf, trimOf } from "./trim-of.ts";
export { rethrowUnlessUnrelated } from "./unrelated-failure.ts";
export { trustUnsigned, verified } from "./verified.ts";

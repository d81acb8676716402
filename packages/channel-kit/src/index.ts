// For channel adapters.
export { AttachmentError, type FetchedAttachment } from "./attachment.ts";
export { replyAttributesKey } from "./attribute-keys.ts";
export type { Capabilities } from "./capabilities.ts";
export {
  type AccountAccess,
  type AttachmentFetcher,
  type CallContext,
  type Channel,
  defineChannel,
  type EarlierAttempt,
  type InboundDraft,
  type InboundEvent,
  type OpenChannel,
  type Outbound,
  type RawWebhook,
  type Reconciliation,
  type Sender,
  type Sent,
  type Verification,
  type VerifiedBody,
  type WebhookInbound,
} from "./channel.ts";
// For the services that run channels.
export { channelSettings } from "./channel-settings.ts";
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
export { mimeKind } from "./mime-kind.ts";
export { type ChannelRegistry, createRegistry } from "./registry.ts";
export { retryAfterMs } from "./retry-after.ts";
export { toCapabilitiesProto } from "./to-capabilities-proto.ts";
export { trustUnsigned, verified } from "./verified.ts";

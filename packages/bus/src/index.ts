// Connecting
export { type BusConfig, busConfig, toBusOptions, toStreamOptions } from "./bus-config.ts";
export { type Bus, type BusOptions, openBus } from "./connection.ts";
// Consuming
export { consume } from "./consume.ts";
export type { ConsumeOptions, Handler, HandlerContext, Room } from "./consume-options.ts";
export type { DeadLetterFilter, LetterSummary, StoredLetter } from "./dead-letters/letter.ts";
// Dead letters
export { listDeadLetters, readDeadLetter } from "./dead-letters/list-dead-letters.ts";
export { type GivenUp, moveToDeadLetters } from "./dead-letters/move-to-dead-letters.ts";
export { type DeadLetter, publishDeadLetter } from "./dead-letters/publish-dead-letter.ts";
export { redriveDeadLetter, removeDeadLetter } from "./dead-letters/redrive-dead-letter.ts";
export { type WatchExhaustedOptions, watchExhausted } from "./dead-letters/watch-exhausted.ts";
export type { Delivery, DeliveryHeaders } from "./delivery.ts";
// Streams and consumers
export {
  type ConsumerOverrides,
  countLeft,
  ensureConsumer,
  removeConsumer,
} from "./ensure-consumer.ts";
export { type EnsureStreamsOptions, ensureStreams } from "./ensure-streams.ts";
export { askJetStream } from "./jetstream-error.ts";
// For simulations of what consumes
export { createLanes, type LanePlace, type Lanes, type LaneTask } from "./lanes.ts";
export type { Outcome } from "./outcome.ts";
// Publishing
export type { Publication, Published, Publisher, PublishOptions } from "./publish.ts";
export { removeStored } from "./remove-stored.ts";
export type { MuxRequest, RequestMux } from "./request-mux.ts";
export { minimumServerVersion } from "./server-version.ts";
// Readiness
export { createStoreWatch, type StoreWatch, type StoreWatchOptions } from "./store-watch/store-watch.ts";
export type { Trouble, TroubleKind } from "./store-watch/trouble.ts";
export type { DeadReason } from "./to-ack.ts";
export {
  attachmentsOf,
  type ConsumerDeclaration,
  type ConsumerKey,
  consumers,
  type StreamDeclaration,
  type StreamKey,
  senderPoolOf,
  streams,
} from "./topology.ts";

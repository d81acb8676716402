export { createLanes, type Lanes } from "@mio/jetstream";
export {
  type BusConfig,
  busConfig,
  toBusOptions,
  toDurabilityOptions,
  toStreamOptions,
} from "./connect/bus-config.ts";
export { type Bus, type BusOptions, openBus } from "./connect/connection.ts";
export { askJetStream } from "./connect/jetstream-error.ts";
export type { MuxRequest, RequestMux } from "./connect/request-mux.ts";
export { consume } from "./consume/consume.ts";
export type { ConsumeOptions, Handler, HandlerContext, Room } from "./consume/consume-options.ts";
export type { Delivery, DeliveryHeaders } from "./consume/delivery.ts";
export type { Outcome } from "./consume/outcome.ts";
export { createFollowRuns, type FollowRuns, type Run } from "./consume/runs.ts";
export type { DeadReason } from "./consume/to-ack.ts";
export type { DeadLetterFilter, LetterSummary, StoredLetter } from "./dead-letters/letter.ts";
export { listDeadLetters, readDeadLetter } from "./dead-letters/list-dead-letters.ts";
export { type GivenUp, moveToDeadLetters } from "./dead-letters/move-to-dead-letters.ts";
export { type DeadLetter, publishDeadLetter } from "./dead-letters/publish-dead-letter.ts";
export { redriveDeadLetter, removeDeadLetter } from "./dead-letters/redrive-dead-letter.ts";
export { type WatchExhaustedOptions, watchExhausted } from "./dead-letters/watch-exhausted.ts";
export { checkDurability, type Durability, type DurabilityOptions } from "./durability/check-durability.ts";
export {
  createDurabilityWatch,
  type DurabilityWatch,
  type DurabilityWatchOptions,
} from "./durability/durability-watch.ts";
export { createNatsWatch, type NatsWatch } from "./nats-watch.ts";
export type { Publication, Published, Publisher, PublishOptions } from "./publish/publish.ts";
export { createStoreWatch, type StoreWatch, type StoreWatchOptions } from "./store-watch/store-watch.ts";
export type { Trouble, TroubleKind } from "./store-watch/trouble.ts";
export {
  type ConsumerOverrides,
  countLeft,
  ensureConsumer,
  removeConsumer,
} from "./topology/ensure-consumer.ts";
export { type EnsureStreamsOptions, ensureStreams } from "./topology/ensure-streams.ts";
export { removeStored } from "./topology/remove-stored.ts";
export {
  attachmentsOf,
  type ConsumerDeclaration,
  type ConsumerKey,
  consumers,
  type StreamDeclaration,
  type StreamKey,
  senderPoolOf,
  streams,
} from "./topology/topology.ts";

import type { MioError } from "@mio/failure";
import type { Logger, Metrics } from "@mio/service-kit";
import type { Bus } from "../connect/connection.ts";
import type { ConsumerDeclaration } from "../topology/topology.ts";
import type { Delivery } from "./delivery.ts";
import type { Outcome } from "./outcome.ts";

/** Handles one delivery. Throwing equals returning `retry` or `dead`, depending on the error's `retry`. */
export type Handler = (delivery: Delivery, context: HandlerContext) => Promise<Outcome>;

export interface HandlerContext {
  /** Aborts when draining takes too long. An outcome that is returned afterwards may be lost. */
  readonly signal: AbortSignal;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /**
   * For a handler that waits: handles deliveries of the same key that arrived meanwhile and are earlier in the stream.
   * Such a delivery was lost by another process. Without this call it could not be handled during the wait.
   */
  readonly runEarlierFirst: () => Promise<void>;
  /** The next deliveries of the same key that this process holds, in order, at most 500; empty without a key. */
  readonly queuedBehind: () => readonly Delivery[];
}

/** Slots for deliveries that several consumers of one process share. */
export interface Room {
  /** Free slots; may be negative. */
  readonly free: () => number;
  /** Whether deliveries that wait for their turn must drop their bytes. */
  readonly isTight: () => boolean;
  /** @param bytes of the payload */
  readonly take: (bytes: number) => void;
  readonly give: (bytes: number) => void;
}

export interface ConsumeOptions {
  readonly bus: Bus;
  /** Created when it is missing, and again after it was deleted. */
  readonly consumer: ConsumerDeclaration;
  readonly handler: Handler;
  /**
   * How many deliveries to hold: running, waiting for their turn and waiting for a retry. Each gets heartbeats in time, so
   * that the server delivers it to no other process.
   */
  readonly maxInFlight: number;
  /**
   * Shared with other consumers. A consumer may hold as many deliveries as it leaves free slots, and a few more, so that
   * each gets some. It requests few at a time, so that all requests together stay close to the number of slots.
   */
  readonly room?: Room;
  /**
   * Called for a message that was delivered too often, instead of the handler, before it becomes a dead letter. When it
   * rejects with a retryable error, it is called again.
   */
  readonly onExhausted?: (delivery: Delivery, error: MioError) => Promise<void>;
  /**
   * Deliveries with the same key are handled one after the other in stream order, others in parallel. For a retry, a
   * delivery with a key stays here and its successors wait; one without a key is given back to the server.
   */
  readonly orderBy?: (delivery: Delivery) => string | undefined;
  readonly logger?: Logger;
  readonly metrics?: Metrics;
  /** How long handlers may run on after the worker was stopped. Milliseconds, default 10,000. */
  readonly drainGraceMs?: number;
  /**
   * Whether the acknowledgement of a handled message is `confirmed` by the server, which is the default, or only `sent`.
   *
   * A lost acknowledgement brings the message again. This process then acknowledges it once more; after a crash or in
   * another process the handler gets it, and must recognize it. In both modes the server confirms the acknowledgement of a
   * redelivery, of a dead message, and during a stop.
   */
  readonly acks?: "confirmed" | "sent";
  /** A delivery gets a heartbeat after this time without one. Default: a third of the consumer's `ackWaitMs`. */
  readonly heartbeatMs?: number;
}

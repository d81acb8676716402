import type { MioError } from "@mio/failure";
import type { Logger, Metrics } from "@mio/service-kit";
import type { Bus } from "../connect/connection.ts";
import type { ConsumerDeclaration } from "../topology/topology.ts";
import type { Delivery } from "./delivery.ts";
import type { Outcome } from "./outcome.ts";

/** Handles one delivery. Throwing is the same as returning retry or dead, as the error's `retry` says. */
export type Handler = (delivery: Delivery, context: HandlerContext) => Promise<Outcome>;

export interface HandlerContext {
  /** Aborts when draining takes too long; what the handler returns then may not be recorded. */
  readonly signal: AbortSignal;
  /** 1 at first. */
  readonly attempt: number;
  /**
   * For a handler that waits: handles what came of the same key meanwhile and is earlier in the stream. Such
   * a delivery was lost with another process, and is waited for in vain unless it may pass.
   */
  readonly runEarlierFirst: () => Promise<void>;
  /** What this process holds of the same key for later, the next some hundred in order; nothing without a key. */
  readonly queuedBehind: () => readonly Delivery[];
}

/** Places for deliveries that several consumers of one process share. */
export interface Room {
  /** Free places; may be below nothing. */
  readonly free: () => number;
  /** Whether what only waits for its turn has to let go of its bytes. */
  readonly isTight: () => boolean;
  /** @param bytes of the payload */
  readonly take: (bytes: number) => void;
  readonly give: (bytes: number) => void;
}

export interface ConsumeOptions {
  readonly bus: Bus;
  /** Made when missing, and made again when somebody deletes it. */
  readonly consumer: ConsumerDeclaration;
  readonly handler: Handler;
  /**
   * Deliveries held at once: running, waiting for their turn and waiting to be tried again. Each is
   * kept alive, so that the server gives it to nobody else.
   */
  readonly maxInFlight: number;
  /**
   * Shared with other consumers. A consumer may hold as much as it leaves free for the others, and a few beyond that, so
   * that none is shut out; it asks for few at a time, so that what all have asked for stays near the room.
   */
  readonly room?: Room;
  /**
   * A message was delivered too often, so the handler is not asked again and it becomes a dead letter. Rejecting with an
   * error that passes, it is asked again.
   */
  readonly onExhausted?: (delivery: Delivery, error: MioError) => Promise<void>;
  /**
   * Deliveries with the same key are handled one after the other in stream order, others at once. A
   * keyed delivery that is to be tried again stays here and holds its successors back; one without
   * a key is given back to the server.
   */
  readonly orderBy?: (delivery: Delivery) => string | undefined;
  readonly logger?: Logger;
  readonly metrics?: Metrics;
  /** How long handlers may go on after the worker was told to stop. Default 10,000. */
  readonly drainGraceMs?: number;
  /** Pause between signs of life. Default: a third of the consumer's `ackWaitMs`. */
  readonly heartbeatMs?: number;
}

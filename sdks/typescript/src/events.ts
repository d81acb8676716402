import type { MioError } from "@mio/failure";

/**
 * Why a message did not reach the program.
 *
 * - `schema`: this SDK does not read its `schema_version`. Acknowledged.
 * - `undecodable`: its bytes are not a message. Dead-lettered.
 * - `exhausted`: it was delivered `maxDeliveries` times without success. Dead-lettered.
 */
export type SkipReason = "schema" | "undecodable" | "exhausted";

/** An event worth a log line that is neither the result nor the error of a call. It contains no message text. */
export type MioEvent =
  /** The connection was lost. Calls wait, and no messages come, until it is back. */
  | { readonly type: "disconnected" }
  | { readonly type: "reconnected" }
  /** Reading was interrupted and will resume on its own; `error` has the server's words. */
  | { readonly type: "reading_interrupted"; readonly error: MioError }
  | {
      readonly type: "message_skipped";
      readonly reason: SkipReason;
      readonly subject: string;
      readonly streamSequence: number;
    }
  /** The stream of messages was recreated, or restored from a backup. Reading goes on with its messages. */
  | { readonly type: "stream_replaced"; readonly stream: string }
  /**
   * A command is not confirmed yet; `error` says why. The SDK retries for 30 seconds in all. Emitted when the first
   * try fails or after two seconds, and again when the reason changes.
   */
  | {
      readonly type: "publish_delayed";
      readonly error: MioError;
      readonly subject: string;
      readonly commandId: string;
      readonly tries: number;
    }
  /** A message was rejected. If `kept` is false, its dead letter could not be stored, and the message comes again. */
  | {
      readonly type: "message_rejected";
      readonly code: string;
      readonly kept: boolean;
      readonly subject: string;
      readonly streamSequence: number;
    }
  /** A handler of `serve` threw. The message comes again after `retryAfterMs`; without it, not at all. */
  | {
      readonly type: "handler_failed";
      readonly error: unknown;
      readonly messageId: string;
      readonly deliveryCount: number;
      readonly retryAfterMs?: number;
    }
  /** An acknowledgement did not reach the server; the message may be delivered again. */
  | { readonly type: "acknowledgement_lost"; readonly subject: string; readonly streamSequence: number };

export type EventListener = (event: MioEvent) => void;

/** Wraps the program's listener and drops what it throws. */
export function guardListener(listener: EventListener | undefined): EventListener {
  if (listener === undefined) return () => {};
  return (event) => {
    try {
      listener(event);
    } catch {
      // An error in the listener must not stop messages.
    }
  };
}

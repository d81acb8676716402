import type { MioError } from "@mio/failure";

/**
 * Why a message was not given to the program.
 *
 * - `schema`: its `schema_version` is not one this SDK reads. Acknowledged.
 * - `undecodable`: its bytes are not a message. Dead-lettered.
 * - `exhausted`: it was delivered `maxDeliveries` times without success. Dead-lettered.
 */
export type SkipReason = "schema" | "undecodable" | "exhausted";

/** Things worth a log line that are neither results nor errors of a call. Contains no message text. */
export type MioEvent =
  /** The connection was lost; calls wait and messages stop until it is back. */
  | { readonly type: "disconnected" }
  | { readonly type: "reconnected" }
  /** Reading messages was interrupted and goes on by itself; `error` has the server's words. */
  | { readonly type: "reading_interrupted"; readonly error: MioError }
  | {
      readonly type: "message_skipped";
      readonly reason: SkipReason;
      readonly subject: string;
      readonly streamSequence: number;
    }
  /** The stream of messages was deleted and recreated, or restored from a backup; reading goes on with what it has. */
  | { readonly type: "stream_replaced"; readonly stream: string }
  /**
   * A command is not confirmed yet, and why; tried again for 30 seconds in all. Emitted when the first try fails
   * or two seconds have passed, and again when the reason changes.
   */
  | {
      readonly type: "publish_delayed";
      readonly error: MioError;
      readonly subject: string;
      readonly commandId: string;
      readonly tries: number;
    }
  /** A message was refused. Its dead letter is stored; when `kept` is false it is not yet, and the message comes again. */
  | {
      readonly type: "message_rejected";
      readonly code: string;
      readonly kept: boolean;
      readonly subject: string;
      readonly streamSequence: number;
    }
  /** A handler of `serve` threw; the message comes again after `retryAfterMs`, or never when that is absent. */
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

/** A listener that cannot harm its caller: what the program's own listener throws is dropped. */
export function guardListener(listener: EventListener | undefined): EventListener {
  if (listener === undefined) return () => {};
  return (event) => {
    try {
      listener(event);
    } catch {
      // A broken logger must not stop messages.
    }
  };
}

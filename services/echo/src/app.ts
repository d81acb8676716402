import type { IncomingMessage, Mio } from "@mio/sdk";
import { pause } from "./pause.ts";
import { reply, type Thinking, wantsAnswer } from "./reply.ts";

/** The outcome of one message. */
export interface EchoEvent {
  readonly outcome: "answered" | "ignored" | "dry_run";
  readonly messageId: string;
  readonly conversationId: string;
  readonly deliveryCount: number;
}

/** Settings of echo. */
export interface EchoOptions {
  /** False: echo reads and acknowledges messages, and sends nothing. Default true. */
  readonly enabled?: boolean;
  /** How long "thinking…" is shown before the answer. Milliseconds, default 0. */
  readonly thinkMs?: number;
  readonly onEvent?: (event: EchoEvent) => void;
  /** Waits; tests replace it. */
  readonly pause?: Thinking["pause"];
}

/** The echo agent on a connection that the caller owns. */
export interface Echo {
  /** Answers messages until `signal` aborts, and finishes the current ones. */
  run(signal: AbortSignal): Promise<void>;
}

export function createEcho(mio: Pick<Mio, "serve">, options: EchoOptions = {}): Echo {
  const { enabled = true, thinkMs = 0, onEvent = () => {} } = options;
  const answer = async (message: IncomingMessage, signal: AbortSignal): Promise<EchoEvent["outcome"]> => {
    if (!wantsAnswer(message)) return "ignored";
    if (!enabled) return "dry_run";
    await reply(message, { thinkMs, pause: options.pause ?? pause, signal });
    return "answered";
  };
  return {
    run: (signal) =>
      mio.serve(
        async (message) => {
          const outcome = await answer(message, signal);
          const { id: messageId, conversationId } = message.message;
          onEvent({ outcome, messageId, conversationId, deliveryCount: message.deliveryCount });
        },
        { signal },
      ),
  };
}

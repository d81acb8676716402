import type { EditInit } from "./commands/edit.ts";
import type { ReceiptOptions } from "./commands/receipt.ts";
import type { RemoveInit } from "./commands/remove.ts";
import type { SendInit, SentCommand } from "./commands/send.ts";
import type { IncomingMessage } from "./incoming-message.ts";
import type { MessagesOptions } from "./messages.ts";
import type { ServeOptions } from "./serve.ts";
import type { StreamPlace } from "./stream.ts";
import type { StreamedAnswer } from "./streaming/stream-answer.ts";
import type { StreamSettings } from "./streaming/stream-settings.ts";
import type { Receipt } from "./words/receipt.ts";

/**
 * A connection to Mio: receives messages, sends answers and awaits their receipts.
 *
 * It reconnects without a time limit. Disposing it ends every iteration, waits for the handlers of {@link Mio.serve}
 * and closes the connection.
 */
export interface Mio extends AsyncDisposable {
  /**
   * Iterates over the messages, one at a time, each at least once.
   *
   * Asking for the next message acknowledges the current one, unless `ack`, `retry` or `reject` was called before.
   * Leaving the loop by `break`, `return` or an exception gives the current message back. Heartbeats keep it from being
   * delivered elsewhere, however long the loop works on it.
   *
   * When `signal` aborts, the iteration ends after the current message; messages fetched ahead are given back.
   *
   * @example
   * ```ts
   * for await (const message of mio.messages()) {
   *   if (!message.isFromBot) await message.reply(`You said: ${message.message.text}`);
   * }
   * ```
   *
   * If the stream is missing, it emits an event and waits for it.
   *
   * @throws MioError `sdk.closed` after disposal, `sdk.invalid_option`.
   */
  messages(options?: MessagesOptions): AsyncIterable<IncomingMessage>;

  /**
   * Calls `handler` for each message: in order within a conversation, in parallel across conversations.
   *
   * When the handler returns, the message is acknowledged. When it throws, the message is delivered again after a
   * growing delay; after `maxDeliveries` it goes to the dead letters. Runs until `signal` aborts or the connection is
   * disposed, then waits for the running handlers.
   *
   * If the stream is missing, it emits an event and waits for it.
   *
   * @throws MioError `sdk.closed` after disposal, `sdk.invalid_option`.
   */
  serve(handler: (message: IncomingMessage) => Promise<void>, options?: ServeOptions): Promise<void>;

  /**
   * Sends a command to a conversation and resolves when it is stored; `receipt` returns whether the platform accepted
   * it. Sending the same `id` again within a minute stores nothing new. Mio never posts one `id` twice.
   *
   * @throws MioError `envelope.invalid` listing every problem, `sdk.too_large`, `sdk.publish_timeout`,
   *   `sdk.stream_full`, `sdk.publish_refused`, `sdk.invalid_option`.
   */
  send(command: SendInit): Promise<SentCommand>;

  /**
   * Replaces the text of a message. The edit is carried out after the original.
   *
   * @throws MioError as {@link Mio.send} does.
   */
  edit(command: EditInit): Promise<SentCommand>;

  /**
   * Deletes what a command posted, or cancels the command before its `sendAt`.
   *
   * @throws MioError as {@link Mio.send} does.
   */
  remove(command: RemoveInit): Promise<SentCommand>;

  /**
   * Posts a text while it grows, as {@link IncomingMessage.stream} does, to any conversation.
   *
   * @throws MioError as {@link IncomingMessage.stream} does.
   */
  stream(
    place: StreamPlace,
    source: AsyncIterable<string>,
    settings?: StreamSettings,
  ): Promise<StreamedAnswer>;

  /**
   * Waits for the end of a command: sent, failed, suppressed or unknown. It also finds receipts of the last 24 hours,
   * so it can be called long after `send`. A failed send is a receipt, not an error.
   *
   * @throws MioError `sdk.receipt_timeout`, `sdk.no_stream`, `sdk.aborted`.
   */
  receipt(command: SentCommand | string, options?: ReceiptOptions): Promise<Receipt>;

  /**
   * Resolves when the server answers; for readiness probes.
   *
   * @throws MioError `sdk.unreachable` when the server does not answer within `timeoutMs` (default 1,000).
   */
  ping(options?: { readonly timeoutMs?: number }): Promise<void>;
}

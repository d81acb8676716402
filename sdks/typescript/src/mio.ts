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
 * A connection to Mio: what an agent receives, says and learns about its answers.
 *
 * It reconnects for ever. Disposing it ends every iteration, waits for handlers of {@link Mio.serve}
 * and closes the connection.
 */
export interface Mio extends AsyncDisposable {
  /**
   * The messages people wrote, one at a time, each at least once.
   *
   * Asking for the next message acknowledges the one in hand, unless `ack`, `retry` or `reject` was
   * called before. Leaving the loop by `break`, `return` or an exception gives it back to be delivered
   * again. While a message is held, however long, Mio is told that work goes on.
   *
   * When `signal` aborts, the iteration ends after the message in hand; messages fetched ahead are given back.
   *
   * @example
   * ```ts
   * for await (const message of mio.messages()) {
   *   if (!message.isFromBot) await message.reply(`You said: ${message.message.text}`);
   * }
   * ```
   *
   * A stream that is missing is waited for, with an event.
   *
   * @throws MioError `sdk.closed` after disposal, `sdk.invalid_option`.
   */
  messages(options?: MessagesOptions): AsyncIterable<IncomingMessage>;

  /**
   * Calls `handler` for each message: in order within a conversation, in parallel across conversations.
   *
   * A handler that returns acknowledges its message. One that throws has it delivered again with a
   * growing delay, and after `maxDeliveries` the message goes to the dead letters. Runs until `signal`
   * aborts or the connection is disposed, then waits for the handlers that have begun.
   *
   * A stream that is missing is waited for, with an event.
   *
   * @throws MioError `sdk.closed` after disposal, `sdk.invalid_option`.
   */
  serve(handler: (message: IncomingMessage) => Promise<void>, options?: ServeOptions): Promise<void>;

  /**
   * Sends something to a conversation and resolves when the command is stored; `receipt` tells whether
   * the platform took it. Sending the same `id` again within a minute stores nothing new, and a platform
   * is never asked twice for one `id`.
   *
   * @throws MioError `envelope.invalid` listing every problem, `sdk.too_large`, `sdk.publish_timeout`,
   *   `sdk.stream_full`, `sdk.publish_refused`, `sdk.invalid_option`.
   */
  send(command: SendInit): Promise<SentCommand>;

  /**
   * Replaces the text of something sent before. Its order after the original is kept.
   *
   * @throws MioError as {@link Mio.send} does.
   */
  edit(command: EditInit): Promise<SentCommand>;

  /**
   * Deletes what a command posted, or cancels it while its `sendAt` has not come.
   *
   * @throws MioError as {@link Mio.send} does.
   */
  remove(command: RemoveInit): Promise<SentCommand>;

  /**
   * Says a text while it grows, as {@link IncomingMessage.stream} does, in a place that need not have spoken.
   *
   * @throws MioError as {@link IncomingMessage.stream} does.
   */
  stream(
    place: StreamPlace,
    source: AsyncIterable<string>,
    settings?: StreamSettings,
  ): Promise<StreamedAnswer>;

  /**
   * Waits for the end of a command: sent, failed, suppressed on purpose, or unknown. Receipts of the last 24 hours are found,
   * so the order of calling `send` and `receipt` does not matter. A failed send is a receipt, not an error.
   *
   * @throws MioError `sdk.receipt_timeout`, `sdk.no_stream`, `sdk.aborted`.
   */
  receipt(command: SentCommand | string, options?: ReceiptOptions): Promise<Receipt>;

  /**
   * Resolves when the server answers; for readiness probes.
   *
   * @throws MioError `sdk.unreachable` when it does not within `timeoutMs` (default 1,000).
   */
  ping(options?: { readonly timeoutMs?: number }): Promise<void>;
}

import type { Message as WireMessage } from "@mio/proto";
import type { Context } from "@opentelemetry/api";
import { commandId } from "./commands/command-id.ts";
import type { Outlet } from "./commands/outlet.ts";
import type { ReactOptions } from "./commands/react.ts";
import { type ReplyOptions, toReply } from "./commands/reply.ts";
import type { CommandContent, SentCommand } from "./commands/send.ts";
import type { Answer, Settlement } from "./reading/settlement.ts";
import { type StreamOptions, streamText } from "./stream.ts";
import type { StreamedAnswer } from "./streaming/stream-answer.ts";
import type { ConversationKind, EditFallback, RelationKind } from "./words/enum-words.ts";
import { type Message, toMessage } from "./words/message.ts";

/** Settings of {@link IncomingMessage.edit}. */
export interface EditOptions extends Partial<Omit<CommandContent, "text">> {
  /** The name of this edit among the commands of one handling. Default `edit-1`, `edit-2`, … by order of the calls. */
  readonly step?: string;
  /** What happens to the text when the answer cannot be edited. Default `new`. */
  readonly editFallback?: EditFallback;
}

/** Settings of {@link IncomingMessage.remove}. */
export interface RemoveOptions extends Pick<CommandContent, "attributes"> {
  /** The name of this removal among the commands of one handling. Default `remove-1`, `remove-2`, … by order of the calls. */
  readonly step?: string;
}

/** A message, and the ways to answer it. */
export interface IncomingMessage {
  /** The message as Mio published it. */
  readonly message: Message;
  /** How often this durable received it; 1 at first. */
  readonly deliveryCount: number;
  /** Its sequence in the stream: unique and growing. */
  readonly streamSequence: number;
  /** Whether the sender is a bot. Bots that answer bots make endless loops. */
  readonly isFromBot: boolean;
  readonly relationKind: RelationKind;
  /** The kind of the conversation, for example `dm`. */
  readonly conversationKind: ConversationKind;

  /**
   * Answers in the conversation, or in the thread if the message is in one. The command's id is derived from this
   * message, the step and the durable, so handling the message again posts nothing new.
   *
   * @throws MioError as {@link Mio.send} does.
   */
  reply(text: string, options?: ReplyOptions): Promise<SentCommand>;

  /**
   * Replaces the text of an answer.
   *
   * @throws MioError as {@link Mio.send} does.
   */
  edit(reply: SentCommand, text: string, options?: EditOptions): Promise<SentCommand>;

  /**
   * Answers with a text while it grows, such as the output of a language model. It posts a message, edits it, and
   * starts another one when it is full. Resolves when the final edit of each message is stored.
   *
   * The messages joined are the text of the source; white space alone makes no message. Handling the message again
   * continues the messages of the first time. If the process crashes and no other one continues, Mio marks the
   * unfinished message as interrupted.
   *
   * @example
   * ```ts
   * await message.stream(answer(message.message.text), { signal });
   * ```
   *
   * @throws MioError as {@link Mio.send} does, `sdk.aborted`, `sdk.not_delivered` with `confirm`; the
   *   error of the source, after the text so far was marked as interrupted.
   */
  stream(source: AsyncIterable<string>, options?: StreamOptions): Promise<StreamedAnswer>;

  /**
   * Deletes an answer, or cancels it before its `sendAt`.
   *
   * @throws MioError as {@link Mio.send} does.
   */
  remove(reply: SentCommand, options?: RemoveOptions): Promise<SentCommand>;

  /**
   * Reacts to the message; for an edit or a reaction, to the message that it is about. `emoji` is a character or the
   * platform's name of it.
   *
   * @throws MioError as {@link Mio.send} does.
   */
  react(emoji: string, options?: ReactOptions): Promise<SentCommand>;

  /** Finishes the message; it is not delivered again. Only the first of `ack`, `retry` and `reject` counts. */
  ack(): Promise<void>;

  /** Gives the message back. It is delivered again after `afterMs` (default: at once). */
  retry(afterMs?: number): Promise<void>;

  /** Rejects the message: it goes to the dead letters with `reason`, which must not contain secrets. */
  reject(reason: string): Promise<void>;
}

/** What an incoming message is made of. */
export interface IncomingInit {
  readonly message: WireMessage;
  readonly deliveryCount: number;
  readonly streamSequence: number;
  readonly agent: string;
  readonly trace: Context;
  readonly outlet: Outlet;
  readonly settlement: Settlement;
}

export function createIncomingMessage(init: IncomingInit): IncomingMessage {
  const { message, outlet, settlement, trace } = init;
  const shown = toMessage(message);
  const nextStep = countSteps();
  const id = (step: string) => commandId(message, step, init.agent);
  const settle = (answer: Answer) => settlement.settle(answer);
  return {
    message: shown,
    deliveryCount: init.deliveryCount,
    streamSequence: init.streamSequence,
    isFromBot: message.sender?.isBot ?? false,
    relationKind: shown.relation?.kind ?? "none",
    conversationKind: shown.conversationKind,
    reply: async (text, options = {}) => {
      const step = options.step ?? nextStep("reply");
      return await outlet.send(toReply(message, { ...options, text, id: id(step) }), trace);
    },
    edit: async (reply, text, options = {}) => {
      const { step = nextStep("edit"), ...content } = options;
      return await outlet.edit({ ...content, of: reply, text, id: id(step) }, trace);
    },
    stream: async (source, options = {}) => {
      const { step = nextStep("stream"), attributes = {}, startThread = false, ...others } = options;
      const { allowBroadcast = false, ...settings } = others;
      return await streamText(outlet, {
        source,
        settings,
        channelType: message.channelType,
        allowBroadcast,
        toPost: (text, index) => {
          const name = index === 1 ? step : `${step}-${index}`;
          return toReply(message, { attributes, startThread, allowBroadcast, text, id: id(name) });
        },
        incoming: trace,
      });
    },
    remove: async (reply, options = {}) => {
      const { step = nextStep("remove"), ...content } = options;
      return await outlet.remove({ ...content, of: reply, id: id(step) }, trace);
    },
    react: async (emoji, options = {}) => {
      const { step = nextStep("react"), ...content } = options;
      return await outlet.react({ ...content, message, emoji, id: id(step) }, trace);
    },
    ack: async () => await settle({ kind: "ack" }),
    retry: async (afterMs = 0) => await settle({ kind: "retry", afterMs }),
    reject: async (reason) => await settle({ kind: "reject", code: "sdk.rejected", reason }),
  };
}

/** Names the commands of one handling by their order, so that a second handling gives them the same names. */
function countSteps(): (kind: "reply" | "edit" | "stream" | "remove" | "react") => string {
  const counts = { reply: 0, edit: 0, stream: 0, remove: 0, react: 0 };
  return (kind) => {
    counts[kind] += 1;
    if (kind === "stream") return counts.stream === 1 ? "stream" : `stream.${counts.stream}`;
    return `${kind}-${counts[kind]}`;
  };
}

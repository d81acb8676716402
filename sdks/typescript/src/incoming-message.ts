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
  /** Names this edit within the handling. Default `edit-1`, `edit-2`, … by order of the calls. */
  readonly step?: string;
  /** What becomes of the text when the answer cannot be edited. Default `new`. */
  readonly editFallback?: EditFallback;
}

/** Settings of {@link IncomingMessage.remove}. */
export interface RemoveOptions extends Pick<CommandContent, "attributes"> {
  /** Names this removal within the handling. Default `remove-1`, `remove-2`, … by order of the calls. */
  readonly step?: string;
}

/** A message, and what can be done about it. */
export interface IncomingMessage {
  /** The message as Mio published it. */
  readonly message: Message;
  /** How often it was delivered under this durable, from 1. */
  readonly deliveryCount: number;
  /** Where it is in the stream; unique and growing. */
  readonly streamSequence: number;
  /** Whether the sender is a bot. Answering bots makes loops. */
  readonly isFromBot: boolean;
  readonly relationKind: RelationKind;
  /** What kind of conversation it was said in, for example `dm`. */
  readonly conversationKind: ConversationKind;

  /**
   * Answers in the conversation, and in the thread when the message is in one. The command's id follows
   * from this message, the step and the durable, so that handling the message again posts nothing new.
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
   * Answers with a text while it grows, as language models give it: a message that is edited, and followed by
   * another one when it is full. Resolves when the last word of each message is stored.
   *
   * The texts of the messages joined are what the source gave; of white space alone no message is made. Handling
   * the message again takes over the messages of the first time. When the process dies, Mio marks the message that
   * was growing as interrupted, unless somebody goes on with it.
   *
   * @example
   * ```ts
   * await message.stream(answer(message.message.text), { signal });
   * ```
   *
   * @throws MioError as {@link Mio.send} does, `sdk.aborted`, `sdk.not_delivered` with `confirm`; whatever the
   *   source throws, after the text so far was marked as interrupted.
   */
  stream(source: AsyncIterable<string>, options?: StreamOptions): Promise<StreamedAnswer>;

  /**
   * Deletes an answer, or cancels it while its `sendAt` has not come.
   *
   * @throws MioError as {@link Mio.send} does.
   */
  remove(reply: SentCommand, options?: RemoveOptions): Promise<SentCommand>;

  /**
   * Reacts to the message, or to the one that an edit or a reaction is about; `emoji` is a character or the
   * platform's name of it.
   *
   * @throws MioError as {@link Mio.send} does.
   */
  react(emoji: string, options?: ReactOptions): Promise<SentCommand>;

  /** Finishes the message: it is not delivered again. Only the first of `ack`, `retry` and `reject` counts. */
  ack(): Promise<void>;

  /** Gives the message back, to be delivered again after `afterMs` (default: at once). */
  retry(afterMs?: number): Promise<void>;

  /** Refuses the message for ever: it goes to the dead letters with `reason`, which must hold no secrets. */
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

/** Names the answers of one handling by their order, so that a second handling names them the same. */
function countSteps(): (kind: "reply" | "edit" | "stream" | "remove" | "react") => string {
  const counts = { reply: 0, edit: 0, stream: 0, remove: 0, react: 0 };
  return (kind) => {
    counts[kind] += 1;
    if (kind === "stream") return counts.stream === 1 ? "stream" : `stream.${counts.stream}`;
    return `${kind}-${counts[kind]}`;
  };
}

import { newId } from "@mio/envelope";
import type { Context } from "@opentelemetry/api";
import { commandId } from "./commands/command-id.ts";
import type { Outlet } from "./commands/outlet.ts";
import type { ReplyOptions } from "./commands/reply.ts";
import type { SendInit } from "./commands/send.ts";
import { confirmDelivery } from "./streaming/confirm-delivery.ts";
import { type StreamedAnswer, streamAnswer } from "./streaming/stream-answer.ts";
import { type StreamSettings, toStreamLimits } from "./streaming/stream-settings.ts";

/** Settings of {@link IncomingMessage.stream}. */
export interface StreamOptions
  extends StreamSettings,
    Pick<ReplyOptions, "attributes" | "startThread" | "allowBroadcast"> {
  /**
   * The name of this stream among the commands of one handling. Its messages are the steps `stream`, `stream-2`,
   * `stream-3`, …. Default `stream`, then `stream.2`, … by order of the calls.
   */
  readonly step?: string;
}

/** The conversation of {@link Mio.stream}. `id` is the id of the first message; the others are derived from it. */
export type StreamPlace = Omit<SendInit, "text" | "attachments" | "richContent" | "sendAt" | "stage">;

/** One stream of text and the ids of its messages. */
export interface StreamJob {
  readonly source: AsyncIterable<string>;
  readonly settings: StreamSettings;
  readonly channelType: string;
  /** The command that posts message number `index`, from 1. */
  readonly toPost: (text: string, index: number) => SendInit;
  /** As in {@link CommandContent}, for the edits. */
  readonly allowBroadcast?: boolean;
  readonly incoming?: Context;
}

/**
 * Posts have the ids of the job, so that a second handling continues the messages of the first. Edits have new ids:
 * the final edit must be carried out again after the edits of the second handling.
 */
export async function streamText(outlet: Outlet, job: StreamJob): Promise<StreamedAnswer> {
  const { source, settings, toPost, incoming, allowBroadcast = false } = job;
  const signal = settings.signal ?? new AbortController().signal;
  const answer = await streamAnswer(source, {
    outlet: {
      post: (text, index) => outlet.send({ ...toPost(text, index), stage: "partial" }, incoming),
      // A partial edit may be dropped. The final one must be visible.
      edit: (of, text, stage) => {
        const editFallback = stage === "final" ? "new" : "drop";
        return outlet.edit({ of, text, stage, editFallback, allowBroadcast }, incoming);
      },
    },
    clock: outlet.clock,
    limits: toStreamLimits(settings, job.channelType),
    signal,
  });
  if (settings.confirm) await confirmDelivery(answer.finals, (final) => outlet.receipt(final, { signal }));
  return answer;
}

/** Streams to a conversation without an incoming message. */
export async function streamTo(
  outlet: Outlet,
  place: StreamPlace,
  { source, settings }: Pick<StreamJob, "source" | "settings">,
): Promise<StreamedAnswer> {
  const first = place.id ?? newId();
  const idOf = (index: number) => (index === 1 ? first : commandId(first, `stream-${index}`));
  return await streamText(outlet, {
    source,
    settings,
    channelType: place.channelType,
    allowBroadcast: place.allowBroadcast ?? false,
    toPost: (text, index) => ({ ...place, text, id: idOf(index) }),
  });
}

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
   * Names this stream within the handling: its messages are the steps `stream`, `stream-2`, `stream-3`, …. Default
   * `stream`, then `stream.2`, … by order of the calls.
   */
  readonly step?: string;
}

/** Where {@link Mio.stream} speaks. `id` names its first message for ever, the others follow from it. */
export type StreamPlace = Omit<SendInit, "text" | "attachments" | "richContent" | "sendAt" | "stage">;

/** One stream of text and what its messages are called. */
export interface StreamJob {
  readonly source: AsyncIterable<string>;
  readonly settings: StreamSettings;
  readonly channelType: string;
  /** The command that posts the message number `index`, from 1. */
  readonly toPost: (text: string, index: number) => SendInit;
  /** As in {@link CommandContent}, for what follows the posts. */
  readonly allowBroadcast?: boolean;
  readonly incoming?: Context;
}

/**
 * Posts have the ids that the job names, so that a second handling takes over the messages of the first. Edits have
 * fresh ones: the last word of a message is carried out again after whatever the second handling showed before it.
 */
export async function streamText(outlet: Outlet, job: StreamJob): Promise<StreamedAnswer> {
  const { source, settings, toPost, incoming, allowBroadcast = false } = job;
  const signal = settings.signal ?? new AbortController().signal;
  const answer = await streamAnswer(source, {
    outlet: {
      post: (text, index) => outlet.send({ ...toPost(text, index), stage: "partial" }, incoming),
      // A beginning that cannot be shown is made up for by the last word, which must be seen.
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

/** Streams to a place that no message was received from. */
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

import type { SlackClient } from "../../access/client.ts";
import { compositeId } from "../../identity/composite-id.ts";
import type { Target } from "../../identity/targets.ts";
import type { Metadata } from "../stamps/stamp.ts";
import type { Recipient } from "./streamable.ts";

/** A text that will grow, and its place. */
export interface Beginning {
  readonly channel: string;
  readonly threadTs: string;
  readonly recipient: Recipient | undefined;
  readonly text: string;
}

/** The end of a stream: the rest of its text, and the metadata that Slack stores. */
export interface Ending {
  readonly text: string;
  readonly metadata: Metadata | undefined;
}

/**
 * Slack's three methods for streams. Texts are Markdown.
 *
 * @throws DeliveryError
 * @see https://docs.slack.dev/reference/methods/chat.startStream
 */
export interface StreamCalls {
  /** Returns the id of the message, empty if Slack returned none. */
  start(beginning: Beginning, signal: AbortSignal): Promise<string>;
  append(target: Target, text: string, signal: AbortSignal): Promise<void>;
  stop(target: Target, ending: Ending, signal: AbortSignal): Promise<void>;
}

/** A change of a stream changes an existing message; a repeated call shows what became of the first. */
const change = { repeatable: true, isChange: true } as const;

export function createStreamCalls(client: SlackClient): StreamCalls {
  return {
    start: async ({ channel, threadTs, recipient, text }, signal) => {
      const place = { channel, thread_ts: threadTs, ...recipientFields(recipient) };
      const answer = await client.call({
        method: "chat.startStream",
        args: { ...place, markdown_text: text },
        signal,
        repeatable: false,
      });
      return compositeId(answer.channel ?? channel, answer.ts ?? "");
    },
    append: async ({ channel, ts }, text, signal) => {
      await client.call({
        method: "chat.appendStream",
        args: { channel, ts, markdown_text: text },
        signal,
        ...change,
      });
    },
    stop: async ({ channel, ts }, { text, metadata }, signal) => {
      const last = text.trim() === "" ? {} : { markdown_text: text };
      const kept = metadata === undefined ? {} : { metadata };
      await client.call({
        method: "chat.stopStream",
        args: { channel, ts, ...last, ...kept },
        signal,
        ...change,
      });
    },
  };
}

function recipientFields(recipient: Recipient | undefined): {
  recipient_user_id?: string;
  recipient_team_id?: string;
} {
  if (recipient === undefined) return {};
  return { recipient_user_id: recipient.userId, recipient_team_id: recipient.teamId };
}

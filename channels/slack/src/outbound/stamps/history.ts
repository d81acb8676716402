import type { SlackClient } from "../../access/client.ts";
import { type Stamp, stampOf } from "./stamp.ts";

/** The page size. Slack gives apps that are sold outside its marketplace at most 15. */
const pageSize = 200;
const maxPages = 10;

export interface HistoryPlace {
  readonly channel: string;
  /** Undefined for the channel itself. */
  readonly threadTs: string | undefined;
  readonly since: Date;
  readonly signal: AbortSignal;
}

export interface HistoryMessage {
  readonly ts: string;
  readonly text: string;
  readonly stamp: Stamp | undefined;
  readonly botId: string;
  readonly fileNames: readonly string[];
  /** Whether it is, or was, a stream. */
  readonly isStream: boolean;
}

export interface History {
  readonly messages: readonly HistoryMessage[];
  /** Whether the history was read to its end. */
  readonly isWhole: boolean;
}

/**
 * The messages of a channel or thread since a time.
 *
 * @throws DeliveryError `permanent` if Slack does not let us read.
 */
export async function readHistory(client: SlackClient, place: HistoryPlace): Promise<History> {
  const messages: HistoryMessage[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < maxPages; page += 1) {
    const answer = await readPage(client, place, cursor);
    // An answer without a list says nothing about the history.
    if (!Array.isArray(answer.messages)) return { messages, isWhole: false };
    messages.push(...answer.messages.map(toMessage));
    cursor = answer.cursor;
    if (cursor === undefined) return { messages, isWhole: true };
  }
  return { messages, isWhole: false };
}

interface Page {
  readonly messages: unknown;
  readonly cursor: string | undefined;
}

async function readPage(client: SlackClient, place: HistoryPlace, cursor: string | undefined): Promise<Page> {
  const { channel, threadTs, since, signal } = place;
  const range = {
    channel,
    oldest: (since.getTime() / 1000).toFixed(6),
    limit: pageSize,
    include_all_metadata: true,
    ...(cursor === undefined ? {} : { cursor }),
  };
  const answer =
    threadTs === undefined
      ? await client.call({ method: "conversations.history", args: range, signal, repeatable: true })
      : await client.call({
          method: "conversations.replies",
          args: { ...range, ts: threadTs },
          signal,
          repeatable: true,
        });
  const next = answer.response_metadata?.next_cursor || undefined;
  return { messages: answer.messages, cursor: next };
}

function toMessage(message: unknown): HistoryMessage {
  const files = field(message, "files");
  return {
    ts: word(message, "ts"),
    text: word(message, "text"),
    stamp: stampOf(field(message, "metadata")),
    botId: word(message, "bot_id"),
    fileNames: (Array.isArray(files) ? files : []).map((file) => word(file, "title") || word(file, "name")),
    isStream: word(message, "streaming_state") !== "",
  };
}

function field(of: unknown, name: string): unknown {
  return typeof of === "object" && of !== null ? Reflect.get(of, name) : undefined;
}

function word(of: unknown, name: string): string {
  const value = field(of, name);
  return typeof value === "string" ? value : "";
}

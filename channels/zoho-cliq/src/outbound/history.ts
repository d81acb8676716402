import type { CallContext } from "@mio/channel-kit";
import { z } from "zod";
import type { CliqClient } from "../access/client.ts";
import { type BotIds, isBotId } from "../identity/bot-ids.ts";
import { canonicalId } from "../identity/canonical-id.ts";
import { parseJson } from "../identity/parse-json.ts";

/** A message in the history of its chat. */
export interface HistoryRow {
  readonly id: string;
  readonly time: number;
  /** Line ends and surrounding white space are ignored. */
  readonly text: string;
  readonly fileName: string | undefined;
  readonly sender: { readonly id: string; readonly name: string };
}

/** Cliq's maximum page size; a full page may hide older messages. */
export const pageSize = 100;

/**
 * The messages of a chat since a time, oldest first; undefined if the answer is unreadable.
 *
 * @throws DeliveryError if Cliq does not return them.
 * @see https://www.zoho.com/cliq/help/restapi/v2/messages/
 */
export async function readHistory(
  client: CliqClient,
  { chat, from, signal }: { readonly chat: string; readonly from: number } & Pick<CallContext, "signal">,
): Promise<readonly HistoryRow[] | undefined> {
  const answer = await client.call({
    method: "GET",
    path: ["chats", chat, "messages"],
    query: { fromtime: String(from), limit: String(pageSize) },
    signal,
    repeatable: true,
  });
  return answer.truncated ? undefined : rowsOf(answer.text);
}

export interface OwnNames {
  readonly ownBots: BotIds;
  readonly botName: string;
}

/** Whether our bot is the author. */
export function isOwnRow({ sender }: HistoryRow, { ownBots, botName }: OwnNames): boolean {
  if (ownBots.has(sender.id)) return true;
  const named = sender.name.toLowerCase() === botName.toLowerCase();
  return ownBots.size === 0 ? isBotId(sender.id) || named : named;
}

/** A text in the form of the history's rows. Zero-width spaces, which we add, may be lost. */
export function comparable(text: string): string {
  return text.replaceAll("\r\n", "\n").replaceAll("\u200b", "").trim();
}

const word = z.union([z.string(), z.number()]).transform(String).catch("");
const optionalText = z.string().optional().catch(undefined);
const noFile = { text: undefined, comment: undefined, file: undefined };

const row = z.object({
  id: word,
  time: z.coerce.number().catch(0),
  text: optionalText,
  content: z
    .object({
      text: optionalText,
      comment: optionalText,
      file: z.object({ name: z.string() }).optional().catch(undefined),
    })
    .catch(noFile),
  sender: z.object({ id: word, name: word }).catch({ id: "", name: "" }),
});

function rowsOf(text: string): readonly HistoryRow[] | undefined {
  try {
    const { data } = z.object({ data: z.array(row) }).parse(parseJson(text));
    return data.map(toRow).toSorted((one, other) => one.time - other.time);
  } catch {
    return undefined;
  }
}

function toRow({ id, time, text, content, sender }: z.output<typeof row>): HistoryRow {
  const words = text ?? content.text ?? content.comment ?? "";
  return { id: canonicalId(id), time, text: comparable(words), fileName: content.file?.name, sender };
}

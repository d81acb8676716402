import type { SlackClient } from "../../access/client.ts";
import type { HistoryMessage } from "./history.ts";

/**
 * Drops messages of other apps that have the command's stamp: any app may write such metadata. Every message of an
 * app has a `bot_id`. Ours is requested only if there is a stamp to judge.
 *
 * @throws DeliveryError if Slack does not return our `bot_id`.
 */
export async function withoutForeignStamps(
  messages: readonly HistoryMessage[],
  question: { readonly client: SlackClient; readonly sendId: string; readonly signal: AbortSignal },
): Promise<readonly HistoryMessage[]> {
  const { client, sendId, signal } = question;
  const isJudged = ({ stamp, botId }: HistoryMessage): boolean => stamp?.sendId === sendId && botId !== "";
  if (!messages.some(isJudged)) return messages;
  const { bot_id } = await client.call({ method: "auth.test", args: {}, signal, repeatable: true });
  if (bot_id === undefined) return messages;
  return messages.filter((message) => !isJudged(message) || message.botId === bot_id);
}

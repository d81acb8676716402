import type { SlackClient } from "../../access/client.ts";
import { compositeId } from "../../identity/composite-id.ts";
import { type HistoryPlace, readHistory } from "./history.ts";
import { withoutForeignStamps } from "./own-stamps.ts";

/**
 * The parts of a command that Slack shows, by number.
 *
 * @throws DeliveryError if Slack does not let us read.
 */
export async function findStamped(
  client: SlackClient,
  sendId: string,
  place: HistoryPlace,
): Promise<ReadonlyMap<number, string>> {
  const { signal } = place;
  const history = await readHistory(client, place);
  const messages = await withoutForeignStamps(history.messages, { client, sendId, signal });
  const stamped = messages.flatMap(({ ts, stamp }) =>
    stamp?.sendId === sendId ? [[stamp.part, compositeId(place.channel, ts)] as const] : [],
  );
  return new Map(stamped);
}

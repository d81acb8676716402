import type { Bus } from "@mio/bus";
import { newId } from "@mio/envelope";

/** Takes commands off the account's consumer, as a process that then falls silent. */
export async function takeCommands({ nc }: Bus, accountId: string, count: number): Promise<void> {
  const inbox = `test-${newId()}`;
  const taken = nc.subscribe(inbox, { max: count });
  const request = { batch: count, expires: 20_000_000_000, group: "sender-pool" };
  const subject = `$JS.API.CONSUMER.MSG.NEXT.MESSAGES_OUTBOUND.sender-pool-${accountId}`;
  nc.publish(subject, JSON.stringify(request), { reply: inbox });
  for await (const _message of taken);
}

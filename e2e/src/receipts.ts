import { decodeReceipt } from "@mio/envelope";
import type { DeliveryReceipt } from "@mio/proto";
import { jetstream } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";

/** The last receipt of each command, once there are `count` or none arrived for `patienceMs`. */
export async function readReceipts(
  natsUrl: string,
  { count, patienceMs }: { readonly count: number; readonly patienceMs: number },
): Promise<ReadonlyMap<string, DeliveryReceipt>> {
  const nc = await connect({ servers: natsUrl });
  const receipts = new Map<string, DeliveryReceipt>();
  try {
    const consumer = await jetstream(nc).consumers.get("MESSAGES_RECEIPTS");
    while (receipts.size < count) {
      const before = receipts.size;
      const fetched = await consumer.fetch({ max_messages: 1_000, expires: patienceMs });
      for await (const { data } of fetched) {
        const receipt = decodeReceipt(data);
        receipts.set(receipt.commandId, receipt);
        if (receipts.size === count) break;
      }
      if (receipts.size === before) break;
    }
    return receipts;
  } finally {
    await nc.close();
  }
}

import type { Bus } from "@mio/bus";
import { decodeMessage } from "@mio/envelope";
import { toSourceId } from "../load/requests.ts";

/** The outcomes of the events with a 200. */
export interface Accounting {
  /** Answered with 200, but not on the stream. */
  readonly lost: number;
  /** Copies on the stream beyond the first. */
  readonly duplicated: number;
}

export interface Answered {
  readonly run: string;
  readonly offered: number;
  readonly notAcked: readonly number[];
}

/** Compares the ids with a 200 with the stream, one by one. */
export async function accountFor(
  bus: Bus,
  accountId: string,
  runs: readonly Answered[],
): Promise<Accounting> {
  const seen = await countBySource(bus, `mio.inbound.zoho_cliq.${accountId}.>`);
  let lost = 0;
  for (const { run, offered, notAcked } of runs) {
    const refused = new Set(notAcked);
    for (let index = 0; index < offered; index += 1) {
      if (!refused.has(index) && !seen.has(toSourceId(run, index))) lost += 1;
    }
  }
  const duplicated = [...seen.values()].reduce((copies, count) => copies + count - 1, 0);
  return { lost, duplicated };
}

async function countBySource(bus: Bus, filter: string): Promise<Map<string, number>> {
  const seen = new Map<string, number>();
  const consumer = await bus.js.consumers.get("MESSAGES_INBOUND", { filter_subjects: [filter] });
  const { num_pending: total } = await consumer.info();
  if (total === 0) return seen;
  let read = 0;
  for await (const stored of await consumer.consume({ max_messages: 2_000 })) {
    const { sourceMessageId } = decodeMessage(stored.data);
    seen.set(sourceMessageId, (seen.get(sourceMessageId) ?? 0) + 1);
    read += 1;
    if (read >= total) break;
  }
  return seen;
}

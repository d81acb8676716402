import { headerNames, newId } from "@mio/envelope";
import type { Bus } from "../connection.ts";
import { streams } from "../topology.ts";
import type { StoredLetter } from "./letter.ts";

const aboutDeath: ReadonlySet<string> = new Set([
  headerNames.deadReason,
  headerNames.deadCode,
  headerNames.deadStream,
  headerNames.deadSequence,
  headerNames.deadDeliveries,
  headerNames.deadTime,
  headerNames.deadDedupId,
  headerNames.deadDurable,
  headerNames.deadSubject,
  headerNames.dedupId,
]);

/**
 * Puts a message back where it died, with its bytes and headers. Each time is a new one: no dedup window and no record of
 * how it ended keeps it from being carried out. A message that many durables read is only for the one that gave it up.
 * The letter stays; see {@link removeDeadLetter}.
 *
 * @returns the value by which this time is told from others
 * @throws MioError as `Publisher.publish`
 */
export async function redriveDeadLetter(bus: Bus, letter: StoredLetter): Promise<string> {
  const nonce = newId();
  const kept = letter.headers.filter(([name]) => !aboutDeath.has(name));
  const isForOne = letter.direction !== "outbound" && letter.durable !== "";
  await bus.publisher.publish({
    subject: letter.subject,
    dedupId: `redrive:${nonce}`,
    payload: letter.payload,
    headers: [
      ...kept,
      [headerNames.redrive, nonce],
      ...(isForOne ? [[headerNames.redriveDurable, letter.durable] as const] : []),
    ],
  });
  return nonce;
}

/** Removes a dead letter for good; false when there is none with this id. */
export async function removeDeadLetter(bus: Bus, id: number): Promise<boolean> {
  const { name } = streams.deadLetters;
  if ((await bus.jsm.streams.getMessage(name, { seq: id })) === null) return false;
  return await bus.jsm.streams.deleteMessage(name, id);
}

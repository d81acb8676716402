import { headerNames, newId } from "@mio/envelope";
import { MioError } from "@mio/failure";
import { isAboutDeath } from "@mio/jetstream";
import type { Bus } from "../connect/connection.ts";
import { streams } from "../topology/topology.ts";
import type { StoredLetter } from "./letter.ts";

/**
 * Puts a message back where it died, with its bytes and headers. Each time is a new one: no dedup window and no record of
 * how it ended keeps it from being carried out. A message that many durables read is only for the one that gave it up.
 * The letter stays; see {@link removeDeadLetter}.
 *
 * A command that ended is carried out once more only if the token is on record for it (`recordRedrive` in @mio/store)
 * before it is put back.
 *
 * @returns the token, which is different each time
 * @throws MioError as `Publisher.publish`; `bus.too_large` when the letter has no payload
 */
export async function redriveDeadLetter(
  bus: Bus,
  letter: StoredLetter,
  token: string = newId(),
): Promise<string> {
  const omitted = letter.headers.find(([name]) => name === headerNames.deadOmittedBytes);
  if (omitted !== undefined) {
    const message = `The dead letter has no payload: the message's ${omitted[1]} bytes did not fit.`;
    throw new MioError("bus.too_large", message, { details: { id: letter.id } });
  }
  const kept = letter.headers.filter(([name]) => name !== headerNames.dedupId && !isAboutDeath(name));
  const isForOne = letter.direction !== "outbound" && letter.durable !== "";
  await bus.publisher.publish({
    subject: letter.subject,
    dedupId: `redrive:${token}`,
    payload: letter.payload,
    headers: [
      ...kept,
      [headerNames.redrive, token],
      ...(isForOne ? [[headerNames.redriveDurable, letter.durable] as const] : []),
    ],
  });
  return token;
}

/** Removes a dead letter for good; false when there is none with this id. */
export async function removeDeadLetter(bus: Bus, id: number): Promise<boolean> {
  const { name } = streams.deadLetters;
  if ((await bus.jsm.streams.getMessage(name, { seq: id })) === null) return false;
  return await bus.jsm.streams.deleteMessage(name, id);
}

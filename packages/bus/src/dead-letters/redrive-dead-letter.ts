import { headerNames, newId } from "@mio/envelope";
import { MioError } from "@mio/failure";
import { isAboutDeath } from "@mio/jetstream";
import type { Bus } from "../connect/connection.ts";
import { streams } from "../topology/topology.ts";
import type { StoredLetter } from "./letter.ts";

/**
 * Publishes the message of a dead letter again, with its bytes and headers. Each redrive has a new token, so neither the
 * dedup window nor the record of an earlier end suppresses it. On a stream with many durables only the one that rejected
 * the message handles it. The letter stays; see {@link removeDeadLetter}.
 *
 * An ended command is carried out again only if the token was recorded for it before (`recordRedrive` in @mio/store).
 *
 * @returns the token
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

/** Deletes a dead letter; returns false if the id does not exist. */
export async function removeDeadLetter(bus: Bus, id: number): Promise<boolean> {
  const { name } = streams.deadLetters;
  if ((await bus.jsm.streams.getMessage(name, { seq: id })) === null) return false;
  return await bus.jsm.streams.deleteMessage(name, id);
}

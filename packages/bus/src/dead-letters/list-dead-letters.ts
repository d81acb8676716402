import type { MioError } from "@mio/failure";
import { DeliverPolicy } from "@nats-io/jetstream";
import type { Bus } from "../connect/connection.ts";
import { toApiFailure } from "../connect/jetstream-error.ts";
import { toEntries } from "../consume/delivery.ts";
import { streams } from "../topology/topology.ts";
import {
  type DeadLetterFilter,
  type LetterSummary,
  matches,
  type StoredLetter,
  subjectsOf,
  toSummary,
} from "./letter.ts";

/** The server sends the stored letters at once. */
const silenceMs = 5_000;

/**
 * Iterates over the present dead letters, oldest first, without their bytes. It reads them as they are consumed, so it
 * needs little memory.
 *
 * @throws MioError `bus.no_stream`, `bus.unavailable`
 */
export async function* listDeadLetters(
  bus: Bus,
  filter: DeadLetterFilter = {},
): AsyncGenerator<LetterSummary, void, undefined> {
  const { name } = streams.deadLetters;
  const options = {
    filter_subjects: subjectsOf(filter),
    deliver_policy: DeliverPolicy.All,
    headers_only: true,
  };
  const consumer = await bus.js.consumers.get(name, options).catch((error: unknown) => {
    throw toFailure(error);
  });
  const { num_pending: total } = await consumer.info();
  if (total === 0) return;
  const letters = await consumer.consume({ max_messages: 500 });
  const silence = setTimeout(() => letters.stop(toFailure(new Error("silence"))), silenceMs);
  try {
    for await (const { subject, seq: id, headers, info } of letters) {
      silence.refresh();
      const storedAt = new Date(info.timestampNanos / 1e6);
      const letter = toSummary({ subject, id, headers, storedAt });
      if (letter !== undefined && matches(letter, filter)) yield letter;
      if (info.pending === 0) return;
    }
  } finally {
    clearTimeout(silence);
    await letters.close();
  }
}

/**
 * Returns one dead letter with its bytes; undefined if the id does not exist.
 *
 * @throws MioError `bus.no_stream`, `bus.unavailable`
 */
export async function readDeadLetter(bus: Bus, id: number): Promise<StoredLetter | undefined> {
  const stored = await bus.jsm.streams
    .getMessage(streams.deadLetters.name, { seq: id })
    .catch((error: unknown) => {
      throw toFailure(error);
    });
  if (stored === null) return undefined;
  const { subject, header: headers, time: storedAt, data: payload } = stored;
  const summary = toSummary({ subject, id, headers, storedAt });
  return summary && { ...summary, payload, headers: toEntries(headers) };
}

function toFailure(cause: unknown): MioError {
  return toApiFailure(cause, "dead letters", { stream: streams.deadLetters.name });
}

import type { Bus } from "@mio/bus";
import { consumers, streams } from "@mio/bus";
import { deadLetterSubject, headerNames, parseSubject, shortenEnvelope, unknownToken } from "@mio/envelope";
import type { MioError } from "@mio/failure";
import type { OutboxEntry } from "@mio/store";

/** Stores an event that the stream can never accept. */
export type GiveUpEvent = (entry: OutboxEntry, error: MioError) => Promise<void>;

const reason = "too_large";
const publishTimeoutMs = 2_000;
/** Bytes of headers and protocol besides the envelope. */
const reservedBytes = 2_048;

/**
 * Stores a dead letter with as much of the event as fits; `mio_truncated` marks truncated fields. A redrive sends it
 * to the reader of the inbound stream.
 *
 * @throws MioError as `Publisher.publish`; the event must then stay in the outbox.
 */
export function createGiveUpEvent(bus: Pick<Bus, "publisher" | "deadLetters" | "nc">): GiveUpEvent {
  return async (entry, error) => {
    const subject = toLetterSubject(entry.subject);
    const maxPayload = bus.nc.info?.max_payload ?? streams.deadLetters.maxMessageBytes;
    const maxBytes = Math.min(maxPayload, streams.deadLetters.maxMessageBytes) - reservedBytes;
    const { duplicate } = await bus.publisher.publish(
      {
        subject,
        dedupId: `dlq:${streams.inbound.name}:outbox:${entry.messageId}`,
        payload: shortenEnvelope(entry.envelope, maxBytes),
        headers: [
          [headerNames.deadReason, reason],
          [headerNames.deadCode, error.code],
          [headerNames.deadStream, streams.inbound.name],
          [headerNames.deadDeliveries, String(entry.attempts + 1)],
          [headerNames.deadTime, new Date().toISOString()],
          [headerNames.deadDurable, consumers.mediaVault.durable],
          [headerNames.deadSubject, entry.subject],
          [headerNames.deadDedupId, entry.dedupId],
        ],
      },
      { timeoutMs: publishTimeoutMs },
    );
    if (!duplicate) bus.deadLetters.count(subject, reason);
  };
}

function toLetterSubject(subject: string): string {
  const route = parseSubject(subject);
  return deadLetterSubject("inbound", {
    channelType: route?.channelType ?? unknownToken,
    accountId: route?.accountId ?? unknownToken,
    conversationId: route?.conversationId ?? unknownToken,
  });
}

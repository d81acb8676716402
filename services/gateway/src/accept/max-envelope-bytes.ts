import { streams } from "@mio/bus";
import { defaultMaxEnvelopeBytes } from "@mio/envelope";

/** Of a server that takes less than is declared: the rest is for headers and for what enrichment adds. */
const usableShare = 0.85;
/** Below it an event may keep nothing but its ids. */
const smallestMaxBytes = 32 * 1024;

/** How long an encoded event may be on a server with this `max_payload`; longer ones are cut when they are recorded. */
export function maxEnvelopeBytes(maxPayload: number | undefined): number {
  if (maxPayload === undefined || maxPayload >= streams.inbound.maxMessageBytes)
    return defaultMaxEnvelopeBytes;
  return Math.max(smallestMaxBytes, Math.floor(maxPayload * usableShare));
}

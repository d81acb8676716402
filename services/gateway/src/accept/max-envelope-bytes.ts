import { streams } from "@mio/bus";
import { defaultMaxEnvelopeBytes } from "@mio/envelope";

/** Share of a smaller server limit; the rest is for headers and for fields that enrichment adds. */
const usableShare = 0.85;
/** Below this limit an event may keep only its ids. */
const smallestMaxBytes = 32 * 1024;

/** Largest encoded event for a server with this `max_payload`; larger ones are truncated when recorded. */
export function maxEnvelopeBytes(maxPayload: number | undefined): number {
  if (maxPayload === undefined || maxPayload >= streams.inbound.maxMessageBytes) {
    return defaultMaxEnvelopeBytes;
  }
  return Math.max(smallestMaxBytes, Math.floor(maxPayload * usableShare));
}

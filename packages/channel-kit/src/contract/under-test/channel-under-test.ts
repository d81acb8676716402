import type { Channel } from "../../channel.ts";
import type { RawWebhook, VerifiedBody } from "../../inbound/inbound.ts";
import { trustUnsigned } from "../../inbound/verified.ts";
import type { OutboundUnderTest } from "./outbound-under-test.ts";
import type { SocketUnderTest } from "./socket-under-test.ts";

/** How the platform signs, so that the suite can play the platform. */
export interface SignatureUnderTest {
  /** The headers the platform sends with `body`. */
  sign(body: Uint8Array, secret: string, now: Date): RawWebhook["headers"];
  /** How far a signature's time may be from ours, either way; absent when the platform signs no time. */
  readonly maxAgeMs?: number;
}

/** A change of an earlier message. */
export type Change = "edit" | "delete" | "reaction";

/** Webhook bodies by name. Each is a separate event; none is a redelivery of another. */
export interface Samples {
  /** At least two that become messages. */
  readonly messages: Readonly<Record<string, string>>;
  /** Events of our own bot, which must never look like a person's; at least one. */
  readonly own: Readonly<Record<string, string>>;
  /** Events that the channel reads and ignores. */
  readonly ignored?: Readonly<Record<string, string>>;
  /** Handshakes of the platform, which need an answer. */
  readonly handshakes?: Readonly<Record<string, string>>;
}

export interface ChannelUnderTest {
  readonly channel: Channel;
  /** Settings with every credential set, so that each part of the channel is open. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly signature: SignatureUnderTest;
  readonly samples: Samples;
  /** The changes of messages that the platform reports. For each, the samples contain a message and its change. */
  readonly changes: readonly Change[];
  /** The other end of the channel's socket; absent for a channel that has none. */
  readonly socket?: SocketUnderTest;
  /** The sending side; absent only for a channel that never sends. */
  readonly outbound?: OutboundUnderTest;
}

export const receivedAt: Date = new Date("2026-05-03T10:00:00.000Z");

export function bytesOf(text: string): VerifiedBody {
  return trustUnsigned(new TextEncoder().encode(text));
}

import type { Channel } from "../channel.ts";
import type { RawWebhook, VerifiedBody } from "../inbound.ts";
import { trustUnsigned } from "../verified.ts";

/** How the platform signs, so that the suite can play the platform. */
export interface SignatureUnderTest {
  /** The headers the platform sends with `body`. */
  sign(body: Uint8Array, secret: string, now: Date): RawWebhook["headers"];
  /** The oldest signature that is accepted; absent when the platform signs no time. */
  readonly maxAgeMs?: number;
}

/** Webhook bodies by name. Each is one event of its own: no two may be redeliveries of each other. */
export interface Samples {
  /** At least two that become messages. */
  readonly messages: Readonly<Record<string, string>>;
  /** Events of our own bot, which must never look like a person's. */
  readonly own: Readonly<Record<string, string>>;
  /** Events that are understood and of no use. */
  readonly ignored?: Readonly<Record<string, string>>;
}

export interface ChannelUnderTest {
  readonly channel: Channel;
  /** Settings with every credential set, so that each part of the channel is open. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly signature: SignatureUnderTest;
  readonly samples: Samples;
}

export const receivedAt: Date = new Date("2026-05-03T10:00:00.000Z");

export function bytesOf(text: string): VerifiedBody {
  return trustUnsigned(new TextEncoder().encode(text));
}

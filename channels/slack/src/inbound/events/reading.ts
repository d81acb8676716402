import type { InboundEvent } from "@mio/channel-kit";
import type { SlackSelf } from "./author.ts";
import type { SlackEnvelope } from "./slack-event.ts";

/** One event with everything that its meaning depends on. */
export interface Reading {
  readonly envelope: SlackEnvelope;
  readonly receivedAt: Date;
  readonly botMessages: "keep" | "ignore";
  readonly self: SlackSelf;
}

/** The reason to ignore an event; a metric counts them by it. */
export type IgnoredReason =
  | "rate_limited"
  | "unsupported_event"
  | "unsupported_subtype"
  | "membership"
  | "conversation_setting"
  | "no_identity"
  | "no_visible_change"
  | "no_content"
  | "not_on_a_message"
  | "own_message"
  | "own_reaction"
  | "bot_message";

export function ignored(reason: IgnoredReason): InboundEvent {
  return { kind: "ignored", reason };
}

import type { HttpReply, InboundEvent } from "@mio/channel-kit";
import { type SlackSelf, unknownSelf } from "./events/author.ts";
import { readChanged } from "./events/changed.ts";
import { readDeleted } from "./events/deleted.ts";
import { readPosted } from "./events/posted.ts";
import { readReacted } from "./events/reacted.ts";
import { ignored, type Reading } from "./events/reading.ts";
import { answerTo } from "./interaction.ts";
import type { SlackPayload } from "./payload.ts";

export interface NormalizeOptions {
  readonly receivedAt: Date;
  readonly botMessages: "keep" | "ignore";
  /** Our bot's ids, if known besides the event. */
  readonly self?: SlackSelf;
}

/**
 * Maps what Slack sends to Mio's envelope, the same for webhook and socket. Pure and total. Slack repeats one gesture
 * under new event ids, so neither those nor the retry headers are part of an event's id.
 */
export function normalize(payload: SlackPayload, options: NormalizeOptions): InboundEvent {
  switch (payload.kind) {
    case "challenge":
      return { kind: "handshake", reply: { contentType: "text/plain", body: payload.challenge } };
    case "ssl_check":
      return { kind: "handshake", reply: noReply };
    case "interaction":
      return unsupported(replyTo(payload.payload));
    case "command":
      return unsupported(noReply);
    case "rate_limited":
      return ignored("rate_limited");
    case "event":
      return readEvent({ self: unknownSelf, ...options, envelope: payload.envelope });
  }
}

/** Slack shows the text of an answer to people, or takes it for an error. */
const noReply: HttpReply = { contentType: "text/plain", body: "" };

function unsupported(reply: HttpReply): InboundEvent {
  return { kind: "ignored", reason: "unsupported_envelope", reply };
}

function replyTo(interaction: unknown): HttpReply {
  const answer = answerTo(interaction);
  return answer === undefined ? noReply : { contentType: "application/json", body: JSON.stringify(answer) };
}

function readEvent(reading: Reading): InboundEvent {
  const { type, subtype } = reading.envelope.event;
  switch (type) {
    case "reaction_added":
    case "reaction_removed":
      return readReacted(reading);
    case "app_mention":
      return readPosted(reading);
    case "message":
      if (subtype === "message_changed") return readChanged(reading);
      return subtype === "message_deleted" ? readDeleted(reading) : readPosted(reading);
    default:
      return ignored("unsupported_event");
  }
}

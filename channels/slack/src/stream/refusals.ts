import { DeliveryError } from "@mio/channel-kit";
import { refusedToken } from "../error-table.ts";
import { platformCodeOf } from "../failure.ts";
import type { StreamPlace } from "./streamable.ts";

/** How long Slack's word that we may not stream is believed; somebody may change the app's rights. */
const believedMs = 30 * 60_000;

/** Words that say it of every stream, not of this one. */
const notAllowed: ReadonlySet<string> = new Set([
  "access_denied",
  "accesslimited",
  "as_user_not_supported",
  "channel_type_not_supported",
  "deprecated_endpoint",
  "enterprise_is_restricted",
  "method_deprecated",
  "missing_scope",
  "no_permission",
  "not_allowed_token_type",
  "team_access_not_granted",
  "unknown_method",
]);
const saysNotAllowed = /(?:^|_)not_(?:allowed|available|enabled|supported)$|_disabled$/;

/** Words of a stream that has ended, by itself or by a person: it takes no more, and its message may be changed. */
const ended: ReadonlySet<string> = new Set(["message_not_in_streaming_state", "stopped_by_user"]);

/** Remembers where Slack lets no streams begin. */
export interface Refusals {
  mayBegin(place: StreamPlace): boolean;
  /**
   * Whether a stream that could not begin is an ordinary post instead: Slack surely made nothing, and what it said need
   * not be so for posts.
   */
  isForStreamsOnly(error: unknown, place: StreamPlace): boolean;
}

export function createRefusals(now: () => Date): Refusals {
  const until = new Map<StreamPlace, number>();
  return {
    mayBegin: (place) => now().getTime() >= (until.get(place) ?? 0),
    isForStreamsOnly: (error, place) => {
      if (!(error instanceof DeliveryError) || !isOfStreams(error)) return false;
      until.set(place, now().getTime() + believedMsOf(error));
      return true;
    },
  };
}

/** Whether a post may still go where a stream could not begin; with a token that is refused it cannot. */
function isOfStreams(error: DeliveryError): boolean {
  const { kind, reason } = error;
  if (kind === "throttled") return true;
  return (
    kind === "permanent" && reason !== "refresh_failed" && !refusedToken.has(platformCodeOf(error) ?? "")
  );
}

/** Slack allows fewer streams than posts, and tells until when there were too many. */
function believedMsOf(error: DeliveryError): number {
  if (typeof error.retry === "object") return error.retry.afterMs;
  const word = platformCodeOf(error) ?? "";
  return notAllowed.has(word) || saysNotAllowed.test(word) ? believedMs : 0;
}

export function hasEnded(error: unknown): boolean {
  return ended.has(platformCodeOf(error) ?? "");
}

/** Slack does not take this piece of text into the stream, which says nothing about the message itself. */
export function isOfThePiece(error: unknown): boolean {
  if (!(error instanceof DeliveryError) || error.kind !== "permanent") return false;
  return hasEnded(error) || ["bad_request", "invalid", "too_long", "unsupported"].includes(error.reason);
}

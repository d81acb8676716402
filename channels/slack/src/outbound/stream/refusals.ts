import { DeliveryError } from "@mio/channel-kit";
import { refusedToken } from "../../access/error-table.ts";
import { platformCodeOf } from "../../access/failure.ts";
import type { Recipient, StreamPlace } from "./streamable.ts";

/** How long Slack's word that we may not stream is believed; the app's rights may change. */
const believedMs = 30 * 60_000;

/** Pause after too many streams, when Slack names no time. */
const throttledMs = 5_000;

/** Words about the app, its token or the workspace: they hold for every stream of its kind of place. */
const aboutTheApp: ReadonlySet<string> = new Set([
  "as_user_not_supported",
  "deprecated_endpoint",
  "enterprise_is_restricted",
  "method_deprecated",
  "missing_scope",
  "no_permission",
  "not_allowed_token_type",
  "unknown_method",
]);
const saysNotAllowed = /(?:^|_)not_(?:allowed|available|enabled|supported)$|_disabled$/;

/** Words about one channel. */
const aboutTheChannel: ReadonlySet<string> = new Set([
  "access_denied",
  "accesslimited",
  "channel_type_not_supported",
]);

/** Words about the person whom the stream is for: Slack says them of people from other workspaces, for example. */
const aboutTheRecipient: ReadonlySet<string> = new Set([
  "missing_recipient_team_id",
  "missing_recipient_user_id",
  "team_access_not_granted",
]);

/** Words of a stream that has ended, by itself or by a person: it takes no more, and its message may be changed. */
const ended: ReadonlySet<string> = new Set(["message_not_in_streaming_state", "stopped_by_user"]);

/** The stream that is to begin. */
export interface StreamStart {
  readonly place: StreamPlace;
  readonly channel: string;
  readonly recipient: Recipient | undefined;
}

/** Remembers which streams Slack refuses to begin: all of the app's, those of one channel, or those for one person. */
export interface Refusals {
  mayBegin(start: StreamStart): boolean;
  /**
   * Whether a stream that could not begin is an ordinary post instead: Slack made nothing, and what it said need not
   * hold for posts.
   */
  isForStreamsOnly(error: unknown, start: StreamStart): boolean;
}

export function createRefusals(now: () => Date): Refusals {
  /** By what is refused; ended ones go when another comes. */
  const until = new Map<string, number>();
  const isOver = (end: number): boolean => now().getTime() >= end;
  return {
    mayBegin: (start) => keysOf(start).every((key) => isOver(until.get(key) ?? 0)),
    isForStreamsOnly: (error, start) => {
      if (!(error instanceof DeliveryError) || !isOfStreams(error)) return false;
      for (const [key, end] of until) if (isOver(end)) until.delete(key);
      const refused = refusedBy(error, start);
      if (refused !== undefined) until.set(refused.key, now().getTime() + refused.forMs);
      return true;
    },
  };
}

function keysOf({ place, channel, recipient }: StreamStart): readonly string[] {
  return [`app ${place}`, `channel ${channel}`, `recipient ${recipient?.teamId} ${recipient?.userId}`];
}

/** Whether a post may still go where a stream could not begin; with a token that is refused it cannot. */
function isOfStreams(error: DeliveryError): boolean {
  const { kind, reason } = error;
  if (kind === "throttled") return true;
  return (
    kind === "permanent" && reason !== "refresh_failed" && !refusedToken.has(platformCodeOf(error) ?? "")
  );
}

/** What is refused, and for how long that is believed; undefined when the word is about this one call only. */
function refusedBy(
  error: DeliveryError,
  start: StreamStart,
): { readonly key: string; readonly forMs: number } | undefined {
  const [app = "", channel = "", recipient = ""] = keysOf(start);
  // Slack allows fewer streams than posts, and says until when there were too many.
  if (typeof error.retry === "object") return { key: app, forMs: error.retry.afterMs };
  if (error.kind === "throttled") return { key: app, forMs: throttledMs };
  const word = platformCodeOf(error) ?? "";
  if (aboutTheRecipient.has(word)) return { key: recipient, forMs: believedMs };
  if (aboutTheChannel.has(word)) return { key: channel, forMs: believedMs };
  return aboutTheApp.has(word) || saysNotAllowed.test(word) ? { key: app, forMs: believedMs } : undefined;
}

export function hasEnded(error: unknown): boolean {
  return ended.has(platformCodeOf(error) ?? "");
}

/** Slack does not take this piece of text into the stream, which says nothing about the message itself. */
export function isOfThePiece(error: unknown): boolean {
  if (!(error instanceof DeliveryError) || error.kind !== "permanent") return false;
  return hasEnded(error) || ["bad_request", "invalid", "too_long", "unsupported"].includes(error.reason);
}

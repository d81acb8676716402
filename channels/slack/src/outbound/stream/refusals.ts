import { DeliveryError } from "@mio/channel-kit";
import { refusedToken } from "../../access/error-table.ts";
import { platformCodeOf } from "../../access/failure.ts";
import type { Recipient, StreamPlace } from "./streamable.ts";

/** How long a refusal to stream is cached; the app's rights may change. */
const believedMs = 30 * 60_000;

/** The pause after too many streams, if Slack names no delay. */
const throttledMs = 5_000;

/** Error codes about the app, its token or the workspace: valid for every stream in that kind of place. */
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

/** Error codes about one channel. */
const aboutTheChannel: ReadonlySet<string> = new Set([
  "access_denied",
  "accesslimited",
  "channel_type_not_supported",
]);

/** Error codes about the recipient, for example a person from another workspace. */
const aboutTheRecipient: ReadonlySet<string> = new Set([
  "missing_recipient_team_id",
  "missing_recipient_user_id",
  "team_access_not_granted",
]);

/**
 * Error codes of a stream that has ended, by itself or by a person: it accepts no more text, and its message may be
 * changed.
 */
const ended: ReadonlySet<string> = new Set(["message_not_in_streaming_state", "stopped_by_user"]);

/** The stream to start. */
export interface StreamStart {
  readonly place: StreamPlace;
  readonly channel: string;
  readonly recipient: Recipient | undefined;
}

/** Caches which streams Slack refuses to start: all of the app's, those of one channel, or those for one person. */
export interface Refusals {
  mayBegin(start: StreamStart): boolean;
  /**
   * Whether a refused stream should be posted as a message instead: nothing was shown, and the refusal need not apply
   * to posts.
   */
  isForStreamsOnly(error: unknown, start: StreamStart): boolean;
}

export function createRefusals(now: () => Date): Refusals {
  /** Expiry by subject of the refusal. Expired entries are dropped when another is added. */
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

/** Whether a post may succeed although the stream was refused; not with a rejected token. */
function isOfStreams(error: DeliveryError): boolean {
  const { kind, reason } = error;
  if (kind === "throttled") return true;
  return (
    kind === "permanent" && reason !== "refresh_failed" && !refusedToken.has(platformCodeOf(error) ?? "")
  );
}

/** The subject of a refusal and how long to cache it; undefined if it concerns this call only. */
function refusedBy(
  error: DeliveryError,
  start: StreamStart,
): { readonly key: string; readonly forMs: number } | undefined {
  const [app = "", channel = "", recipient = ""] = keysOf(start);
  // Slack allows fewer streams than posts, and says until when.
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

/** Slack rejects this piece of text, which says nothing about the message itself. */
export function isOfThePiece(error: unknown): boolean {
  if (!(error instanceof DeliveryError) || error.kind !== "permanent") return false;
  return hasEnded(error) || ["bad_request", "invalid", "too_long", "unsupported"].includes(error.reason);
}

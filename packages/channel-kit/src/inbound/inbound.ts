import type { MioError } from "@mio/failure";
import type { ConversationKind, Message } from "@mio/proto";
import type { AccountAccess } from "../access/credentials.ts";

/** A webhook request as received; `body` is the exact bytes that were signed. */
export interface RawWebhook {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
}

declare const verified: unique symbol;
/** Bytes whose signature was checked. Only `verified()` and `trustUnsigned()` make one. */
export type VerifiedBody = Uint8Array & { readonly [verified]: true };

export type Verification =
  | { readonly kind: "verified"; readonly body: VerifiedBody }
  | { readonly kind: "refused"; readonly reason: "missing" | "malformed" | "forged" | "stale" }
  /** A check of the address without a signature or an event. It is answered with 200 and not read. */
  | { readonly kind: "probe" };

/** The webhook side of a channel: verify, then read. Both are pure and throw only `MioError`. */
export interface WebhookInbound {
  /** Extra paths served besides `/webhooks/{slug}`, for example `/cliq`. */
  readonly routeAliases: readonly string[];
  /** File names of the signing secret below the secrets directory, first match wins. */
  readonly secretNames: readonly string[];
  /** Checks the signature against each live secret; `secrets` is never empty. */
  verify(request: RawWebhook, secrets: readonly string[], now: Date): Verification;
  /**
   * Parses verified bytes into one event. Deterministic for the same bytes and time.
   *
   * @throws MioError `channel.unparseable` when the bytes are not what the platform sends (answered with 400).
   */
  read(body: VerifiedBody, receivedAt: Date): InboundEvent;
}

/** What one platform event means to Mio. */
export type InboundEvent =
  | { readonly kind: "message"; readonly draft: InboundDraft }
  | { readonly kind: "handshake"; readonly reply: HttpReply }
  /**
   * Parsed and not needed. Counted by `reason`, a small closed set per channel. A webhook answers with `reply` if the
   * platform needs a certain answer.
   */
  | { readonly kind: "ignored"; readonly reason: string; readonly reply?: HttpReply };

/** The answer of a webhook, with status 200. */
export interface HttpReply {
  readonly contentType: string;
  /** May be empty. */
  readonly body: string;
}

/**
 * A normalised event before it has an account. `message` has every field except `id`, `tenant_id`, `account_id`,
 * `conversation_id`, `thread_root_message_id` and `relation.target_message_id`, which the ledger fills in.
 */
export interface InboundDraft {
  readonly message: Message;
  /** The workspace of the platform that it came from; empty if the payload does not name it. */
  readonly workspaceKey: string;
  /**
   * A second id of the same event, for a gesture that may arrive under two source ids. Two events of an account with
   * the same second id are one event.
   */
  readonly secondId?: string;
  /** The kind of the conversation, from its container and not from this event. */
  readonly containerKind: ConversationKind;
}

/** The socket side of a channel: a connection that Mio opens, over which the platform sends events. */
export interface SocketInbound {
  /**
   * Keeps a connection for one account until the signal aborts. It reconnects without limit, with jitter, and reports
   * its state. It resolves when the events in progress are done, or at once if the account has no credentials for a
   * socket. Trouble with the platform never rejects it.
   */
  run(account: AccountAccess, context: SocketContext): Promise<void>;
}

export interface SocketContext {
  readonly signal: AbortSignal;
  /**
   * Hands one event over. Acknowledge the event only after this resolves. If it rejects, the event is not stored: do
   * not acknowledge it, and the platform sends it again.
   */
  accept(event: InboundEvent): Promise<void>;
  /**
   * An event was not stored in the time that the platform allows. It stays unacknowledged and the platform sends it
   * again.
   */
  onLate(): void;
  onState(state: SocketState): void;
}

/** The state of one account's connection. */
export type SocketState =
  /** The account has no credentials for a socket. */
  | { readonly kind: "unused" }
  | { readonly kind: "connecting" }
  | {
      readonly kind: "open";
      /** The platform's count of connections of the same app, including ours, and its limit. */
      readonly connections?: { readonly count: number; readonly limit: number };
    }
  /** It broke, went silent or could not be opened. The socket retries by itself. */
  | { readonly kind: "lost"; readonly error: MioError; readonly retryAfterMs: number }
  /** The platform rejects the credentials, and a person must replace them. The socket retries, rarely. */
  | { readonly kind: "refused"; readonly error: MioError; readonly retryAfterMs: number };

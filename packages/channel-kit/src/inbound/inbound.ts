import type { MioError } from "@mio/failure";
import type { ConversationKind, Message } from "@mio/proto";
import type { AccountAccess } from "../access/credentials.ts";

/** A webhook request as it came from the socket; `body` is the exact bytes that were signed. */
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
  /** The platform checks the address, without a signature and without an event: answered 200 and not read. */
  | { readonly kind: "probe" };

/** The webhook side of a channel: check, then read. Both are pure and never throw anything but `MioError`. */
export interface WebhookInbound {
  /** Extra paths served besides `/webhooks/{slug}`, for example `/cliq`. */
  readonly routeAliases: readonly string[];
  /** File names of the signing secret below the secrets directory, first match wins. */
  readonly secretNames: readonly string[];
  /** Checks the signature against each live secret; `secrets` is never empty. */
  verify(request: RawWebhook, secrets: readonly string[], now: Date): Verification;
  /**
   * Turns verified bytes into one event. Total and deterministic for given bytes and time.
   *
   * @throws MioError `channel.unparseable` when the bytes are not what the platform sends (answered 400).
   */
  read(body: VerifiedBody, receivedAt: Date): InboundEvent;
}

/** What one platform event means to Mio. */
export type InboundEvent =
  | { readonly kind: "message"; readonly draft: InboundDraft }
  | { readonly kind: "handshake"; readonly reply: HttpReply }
  /**
   * Understood and of no use; counted by `reason`, a small closed set per channel. A webhook is answered with `reply`
   * where the platform needs a certain answer.
   */
  | { readonly kind: "ignored"; readonly reason: string; readonly reply?: HttpReply };

/** What a webhook is answered, with status 200. */
export interface HttpReply {
  readonly contentType: string;
  /** May be empty. */
  readonly body: string;
}

/**
 * A normalised event before it has an account. `message` has every field but `id`, `tenant_id`,
 * `account_id`, `conversation_id`, `thread_root_message_id` and `relation.target_message_id`,
 * which the ledger fills.
 */
export interface InboundDraft {
  readonly message: Message;
  /** Which workspace of the platform it came from; empty when the payload does not say. */
  readonly workspaceKey: string;
  /**
   * A second name of the same event, where one gesture may arrive under two source ids. Two events of an account
   * with one second name are the same event.
   */
  readonly secondId?: string;
  /** The kind of the conversation itself, from its container, never from this event. */
  readonly containerKind: ConversationKind;
}

/** The socket side of a channel: a connection that Mio opens, through which the platform sends its events. */
export interface SocketInbound {
  /**
   * Keeps a connection for one account until the signal aborts: it reconnects for ever, with jitter, and tells how it
   * stands. It resolves when what it was handing over is over, or at once when the account has no credentials for a
   * socket; trouble with the platform never rejects.
   */
  run(account: AccountAccess, context: SocketContext): Promise<void>;
}

export interface SocketContext {
  readonly signal: AbortSignal;
  /**
   * Hands one event over. Resolves when it is safe, and only then may it be acknowledged; rejects when it is not:
   * leave it unacknowledged, so that the platform sends it again.
   */
  accept(event: InboundEvent): Promise<void>;
  /** An event was not safe by the time the platform wants an answer: it stays unacknowledged and comes again. */
  onLate(): void;
  onState(state: SocketState): void;
}

/** How the connection of one account stands. */
export type SocketState =
  /** The account has no credentials for a socket. */
  | { readonly kind: "unused" }
  | { readonly kind: "connecting" }
  | {
      readonly kind: "open";
      /** How many connections the platform counts for the same app, ours included, and how many it allows. */
      readonly connections?: { readonly count: number; readonly limit: number };
    }
  /** It broke, went silent or could not be had; the next try comes by itself. */
  | { readonly kind: "lost"; readonly error: MioError; readonly retryAfterMs: number }
  /** The platform refuses the credentials: a person must mend them. It is tried again, seldom. */
  | { readonly kind: "refused"; readonly error: MioError; readonly retryAfterMs: number };

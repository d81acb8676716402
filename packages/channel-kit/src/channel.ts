import { MioError } from "@mio/failure";
import type { Attachment, ChannelType, ConversationKind, Message, SendCommand } from "@mio/proto";
import { z } from "zod";
import type { FetchedAttachment } from "./attachment.ts";
import type { Capabilities } from "./capabilities.ts";

/**
 * One chat platform, as data plus the parts it can do. A channel is registered once, in
 * `channels/all`; nothing else in Mio names it.
 */
export interface Channel {
  /** The wire name, from `proto/channels.yaml`; web paths use it with hyphens. */
  readonly channelType: ChannelType;
  readonly capabilities: Capabilities;
  /** Environment variables the channel reads, as one schema; the services load and document them. */
  readonly settings: z.ZodObject;
  /** Binds the channel to its settings. Pure: no I/O before a part is used. */
  open(settings: unknown): OpenChannel;
}

/** A channel bound to its settings. A missing part means the platform is not used that way. */
export interface OpenChannel {
  readonly webhook?: WebhookInbound;
  readonly outbound?: Outbound;
  readonly attachments?: AttachmentFetcher;
  /** Why a part is missing and what would bring it, for the log at start; never contains a secret. */
  readonly notes?: readonly string[];
}

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
  | { readonly kind: "refused"; readonly reason: "missing" | "malformed" | "forged" | "stale" };

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
  | { readonly kind: "handshake"; readonly reply: { readonly contentType: string; readonly body: string } }
  /** Understood and of no use; counted by `reason`, a small closed set per channel. */
  | { readonly kind: "ignored"; readonly reason: string };

/**
 * A normalised event before it has an account. `message` has every field but `id`, `tenant_id`,
 * `account_id`, `conversation_id`, `thread_root_message_id` and `relation.target_message_id`,
 * which the ledger fills.
 */
export interface InboundDraft {
  readonly message: Message;
  /** Which workspace of the platform it came from; empty when the payload does not say. */
  readonly workspaceKey: string;
  /** The kind of the conversation itself, from its container, never from this event. */
  readonly containerKind: ConversationKind;
}

/** The account a call is made for. */
export interface AccountAccess {
  readonly accountId: string;
  /** The platform's id of the workspace. */
  readonly externalId: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface Outbound {
  /** A client for one account; keeps that account's token. Cheap, no I/O. */
  connect(account: AccountAccess): Sender;
}

export interface CallContext {
  /** Aborts the platform call; the adapter's own deadline is shorter than this. */
  readonly signal: AbortSignal;
  /** The platform id of the thread root, when the command names one that Mio knows. */
  readonly threadRootExternalId?: string;
}

/** What the platform said it made. The first id is the one an edit addresses; empty when the platform tells none. */
export interface Sent {
  readonly externalIds: readonly string[];
}

/**
 * Calls the platform once for each method call: it never retries on its own (but for one fresh
 * token after a 401), never logs bodies and never waits for a rate limit.
 *
 * @throws DeliveryError with its fate: surely not done, or unknown.
 */
export interface Sender {
  send(command: SendCommand, context: CallContext): Promise<Sent>;
  edit?(command: SendCommand, targetExternalId: string, context: CallContext): Promise<Sent>;
  remove?(command: SendCommand, targetExternalId: string, context: CallContext): Promise<Sent>;
  react?(command: SendCommand, targetExternalId: string, context: CallContext): Promise<Sent>;
  /**
   * Finds out whether an earlier attempt reached the platform. Absent where the platform offers no way.
   * Never throws a `DeliveryError`: a failure to look says nothing about the attempt, so it is `later` or `undecided`.
   */
  reconcile?(command: SendCommand, attempt: EarlierAttempt, context: CallContext): Promise<Reconciliation>;
}

export interface EarlierAttempt {
  readonly startedAt: Date;
  /** Platform ids in this conversation that are known to belong to other commands. */
  readonly claimedExternalIds: ReadonlySet<string>;
}

export type Reconciliation =
  | { readonly kind: "found"; readonly sent: Sent }
  /** Surely not done: it may be sent again. */
  | { readonly kind: "absent" }
  /** Not decidable yet: the attempt may still be under way, or the platform did not answer. Ask again after the delay. */
  | { readonly kind: "later"; readonly afterMs: number }
  /** Not decidable by this adapter: policy decides. */
  | { readonly kind: "undecided" };

export interface AttachmentFetcher {
  /**
   * Opens the download of one attachment. The caller reads or cancels the stream and enforces the size cap.
   *
   * @throws AttachmentError with the wire error code and whether another try can help.
   */
  fetch(attachment: Attachment, account: AccountAccess, signal: AbortSignal): Promise<FetchedAttachment>;
}

/**
 * Declares a channel, keeping the type of its settings between the schema and `open`.
 *
 * Its `open` throws `config.invalid` when the settings do not fit the schema.
 */
export function defineChannel<Settings extends z.ZodObject>(channel: {
  readonly channelType: ChannelType;
  readonly capabilities: Capabilities;
  readonly settings: Settings;
  readonly open: (settings: z.output<Settings>) => OpenChannel;
}): Channel {
  return {
    channelType: channel.channelType,
    capabilities: channel.capabilities,
    settings: channel.settings,
    open: (settings) => {
      const parsed = channel.settings.safeParse(settings);
      if (parsed.success) return channel.open(parsed.data);
      throw new MioError(
        "config.invalid",
        `The settings of ${channel.channelType} are wrong:\n${z.prettifyError(parsed.error)}`,
      );
    },
  };
}

import type { Clock } from "@mio/pacing";
import type { EventLog, WaitOptions } from "@mio/simulator-kit";
import type { Endpoint } from "./endpoint.ts";
import type { Faults } from "./faults.ts";

/** Who wrote a message: a person, the bot, or the user whose token called the API without naming a bot. */
export type AuthorKind = "user" | "bot" | "api_user";

export interface SimAuthor {
  readonly kind: AuthorKind;
  readonly id: string;
  readonly name: string;
}

export interface SimFile {
  /** The secret part of the download URL. */
  readonly token: string;
  readonly name: string;
  readonly mime: string;
  readonly bytes: Uint8Array;
}

/** One state of a message's text; the first is what was posted, each further one an edit. */
export interface SimRevision {
  readonly text: string;
  readonly at: Date;
}

export interface SimMessage {
  /** The id the outside world was told first: the webhook's for people, the API answer's for API posts. */
  readonly id: string;
  /** The id REST calls use, `<ms>_<n>`; the same message as `id`, spelled as the API spells it. */
  readonly restId: string;
  readonly chatId: string;
  readonly author: SimAuthor;
  readonly text: string;
  readonly postedAt: Date;
  readonly revisions: readonly SimRevision[];
  readonly deletedAt: Date | undefined;
  readonly replyToId: string | undefined;
  readonly mentions: readonly SimMention[];
  readonly file: (Omit<SimFile, "bytes"> & { readonly size: number }) | undefined;
  /** Ids of who reacted, by emoji. */
  readonly reactions: Readonly<Record<string, readonly string[]>>;
  /** Card, slides and buttons as they were posted, for tests that look at rich content. */
  readonly rich: Readonly<Record<string, unknown>>;
}

export interface SimMention {
  readonly id: string;
  readonly name: string;
  readonly dname: string;
  readonly type: "bot" | "user";
}

export interface SimChat {
  /** `CT_…`. */
  readonly id: string;
  readonly kind: "channel" | "dm" | "thread";
  /** Channel unique name, also of a thread's channel; for a DM the user's name. */
  readonly name: string;
  readonly title: string;
  readonly channelId: string | undefined;
  readonly userId: string | undefined;
  /** Of a thread: the message that it began with, as the API spells it. */
  readonly rootId?: string;
}

export interface SimUser {
  readonly id: string;
  readonly name: string;
  readonly firstName: string;
  readonly lastName: string;
}

/** One attempt to hand an event to the webhook. */
export interface Delivery {
  /** The HTTP status; 0 when no answer came. */
  readonly status: number;
  readonly ms: number;
  readonly at: Date;
  readonly kind: "original" | "duplicate" | "forged" | "redelivered" | "raw";
  readonly operation: string;
  readonly messageId: string | undefined;
  /** Why there was no answer. */
  readonly error: string | undefined;
}

export interface DeliveryOptions {
  /** Send the same bytes this many more times, all at once; `true` is once more. */
  readonly duplicate?: boolean | number;
  /** Sign with a wrong secret, as a stranger would. */
  readonly forgedSignature?: boolean;
  readonly delayMs?: number;
  readonly signal?: AbortSignal;
}

/** What one act of a person caused. */
export interface Said {
  /** As the webhook spells it. */
  readonly messageId: string;
  /** The exact bytes that were signed; undefined when the platform sends nothing for this act. */
  readonly rawBody: string | undefined;
  readonly deliveries: readonly Delivery[];
}

export interface SayInput {
  /** Channel unique name, title or chat id. An unknown name makes a new channel. */
  readonly chat: string;
  /** User name or id. An unknown name makes a new user. */
  readonly user: string;
  readonly text: string;
  /** Message to quote, in either spelling. */
  readonly replyTo?: string;
  /** Names to mention (`bot` for the bot); `@name` in the text does the same. */
  readonly mentions?: readonly string[];
  readonly delivery?: DeliveryOptions;
}

export type SayDmInput = Omit<SayInput, "chat" | "replyTo" | "mentions">;

export interface PostFileInput {
  readonly chat: string;
  readonly user: string;
  readonly name: string;
  readonly mime: string;
  readonly bytes: Uint8Array;
  readonly comment?: string;
  readonly delivery?: DeliveryOptions;
}

export interface ApiCall {
  readonly endpoint: Endpoint;
  readonly method: string;
  readonly path: string;
  /** The status answered; 0 when the connection was cut instead. */
  readonly status: number;
  readonly ms: number;
  readonly at: Date;
  readonly fault: string | undefined;
}

export type MessageEventType = "message.posted" | "message.edited" | "message.deleted" | "message.reacted";

export type CliqEvent =
  | { readonly type: MessageEventType; readonly message: SimMessage }
  | { readonly type: "webhook.delivered"; readonly delivery: Delivery }
  | { readonly type: "api.called"; readonly call: ApiCall }
  | { readonly type: "faults.changed" };

export interface CliqOauth {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
}

export interface CliqSimulatorOptions {
  /** Where Cliq's handlers post; settable later. Without it nothing is sent. */
  readonly webhookUrl?: string;
  /** Signing secret, `dev-webhook-secret` unless given. */
  readonly webhookSecret?: string;
  /** Port of the page and the control API, 0 for any. */
  readonly port?: number;
  /** Port of the platform API, 0 for any. It has its own, so that refusing connections is real. */
  readonly apiPort?: number;
  readonly host?: string;
  /** How signatures are written; Cliq's own scripts emit base64. */
  readonly encoding?: "hex" | "base64";
  /** Whether signatures carry `sha256=`. */
  readonly signaturePrefix?: boolean;
  readonly clock?: Clock;
  readonly oauth?: CliqOauth;
  /** What token answers name as the account's data centre; this API's own address unless given. */
  readonly apiDomain?: string;
  /** Whether each grant voids the refresh token that was used and gives another; Zoho's do not. */
  readonly rotateRefreshToken?: boolean;
  /** Lifetime of an access token, 3,600 s as Zoho's unless given. */
  readonly tokenLifetimeSeconds?: number;
  readonly bot?: { readonly uniqueName: string; readonly name: string };
  readonly channels?: readonly string[];
  readonly users?: readonly string[];
  /** Ceiling for messages kept in memory, 50,000 unless given; the oldest go first. */
  readonly maxMessages?: number;
}

/** Zoho Cliq, faked: people who type, webhooks that are sent, an API that answers, faults to switch on. */
export interface CliqSimulator extends AsyncDisposable {
  /** The page for people; `/sim/*` below it is the control API. */
  readonly url: string;
  /** For `CLIQ_API_BASE_URL`. */
  readonly apiBaseUrl: string;
  /** For `CLIQ_OAUTH_URL`. */
  readonly oauthUrl: string;
  readonly oauth: CliqOauth;
  readonly bot: { readonly id: string; readonly uniqueName: string; readonly name: string };
  readonly organizationId: string;
  readonly webhookSecret: string;
  readonly webhookUrl: string | undefined;
  readonly faults: Faults;
  readonly events: EventLog<CliqEvent>;

  setWebhook(target: { readonly url: string | undefined; readonly secret?: string }): void;
  say(input: SayInput): Promise<Said>;
  sayDm(input: SayDmInput): Promise<Said>;
  postFile(input: PostFileInput): Promise<Said>;
  /** Changes a person's message. In a DM Cliq tells nobody, so nothing is sent. */
  edit(messageId: string, text: string, delivery?: DeliveryOptions): Promise<Said>;
  /** Deletes a person's message (`message_deleted`, channels only). */
  remove(messageId: string, delivery?: DeliveryOptions): Promise<Said>;
  /** Sends a message's last event again, byte for byte. */
  redeliver(messageId: string, delivery?: DeliveryOptions): Promise<readonly Delivery[]>;
  /** Signs and posts any bytes. */
  deliver(rawBody: string | Uint8Array, delivery?: DeliveryOptions): Promise<readonly Delivery[]>;

  chats(): readonly SimChat[];
  users(): readonly SimUser[];
  /** Messages of a chat, oldest first, including deleted ones and the bot's. */
  messages(chat: string): readonly SimMessage[];
  /** Every post the API made that people can still see, oldest first: what duplicates are counted on. */
  visiblePosts(): readonly SimMessage[];
  deliveries(): readonly Delivery[];
  calls(): readonly ApiCall[];
  /** Calls per endpoint since the start, faults included. */
  counters(): Readonly<Record<Endpoint, number>>;
  /** Makes every access token given out so far invalid. */
  expireTokens(): void;
  /**
   * Resolves with the first event for which `predicate` holds, past events first.
   *
   * @throws MioError `simulator.wait_timeout` after `timeoutMs` (10,000 unless given).
   */
  waitFor(predicate: (event: CliqEvent) => boolean, options?: WaitOptions): Promise<CliqEvent>;
  /** Resolves with the first message for which `predicate` holds, in its present state or a later one. */
  waitForMessage(predicate: (message: SimMessage) => boolean, options?: WaitOptions): Promise<SimMessage>;
}

/** The simulator as the control API and the page see it. */
export type Controlled = Omit<CliqSimulator, "url" | typeof Symbol.asyncDispose>;

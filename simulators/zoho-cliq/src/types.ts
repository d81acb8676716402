import type { Clock } from "@mio/pacing";
import type { EventLog, WaitOptions } from "@mio/simulator-kit";
import type { Endpoint } from "./endpoint.ts";
import type { Faults } from "./faults.ts";

/** The author of a message: a person, the bot, or the user whose token called the API without a bot name. */
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

/** One version of a message's text. The first is the post, each later one an edit. */
export interface SimRevision {
  readonly text: string;
  readonly at: Date;
}

export interface SimMessage {
  /** The id that callers see first: the webhook's for people, the API answer's for API posts. */
  readonly id: string;
  /** The REST spelling of `id`, `<ms>_<n>`. */
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
  /** Ids of the users who reacted, by emoji. */
  readonly reactions: Readonly<Record<string, readonly string[]>>;
  /** Card, slides and buttons as posted. */
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
  /** Unique name of the channel, also for its threads; for a DM the user's name. */
  readonly name: string;
  readonly title: string;
  readonly channelId: string | undefined;
  readonly userId: string | undefined;
  /** The root message of a thread, in the REST spelling. */
  readonly rootId?: string;
}

export interface SimUser {
  readonly id: string;
  readonly name: string;
  readonly firstName: string;
  readonly lastName: string;
}

/** One attempt to deliver an event to the webhook. */
export interface Delivery {
  /** The HTTP status; 0 without an answer. */
  readonly status: number;
  readonly ms: number;
  readonly at: Date;
  readonly kind: "original" | "duplicate" | "forged" | "redelivered" | "raw";
  readonly operation: string;
  readonly messageId: string | undefined;
  /** Reason of a missing answer. */
  readonly error: string | undefined;
}

export interface DeliveryOptions {
  /** Send this many copies of the same bytes at the same time. `true` means one. */
  readonly duplicate?: boolean | number;
  /** Sign with a wrong secret. */
  readonly forgedSignature?: boolean;
  readonly delayMs?: number;
  readonly signal?: AbortSignal;
}

/** The outcome of a person's act. */
export interface Said {
  /** In the webhook's spelling. */
  readonly messageId: string;
  /** The exact body that was signed; undefined when Cliq sends no event for this act. */
  readonly rawBody: string | undefined;
  readonly deliveries: readonly Delivery[];
}

export interface SayInput {
  /** Channel unique name, title or chat id. An unknown name creates a channel. */
  readonly chat: string;
  /** User name or id. An unknown name creates a user. */
  readonly user: string;
  readonly text: string;
  /** Id of a message to quote, in either spelling. */
  readonly replyTo?: string;
  /** Names to mention; `bot` for the bot. `@name` in the text does the same. */
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
  /** The HTTP status; 0 when the connection was cut. */
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
  /** Where Cliq's handlers post; can be set later. Without it no event is sent. */
  readonly webhookUrl?: string;
  /** Signing secret, by default `dev-webhook-secret`. */
  readonly webhookSecret?: string;
  /** Port of the page and the control API; 0 for any free port. */
  readonly port?: number;
  /** Port of the platform API; 0 for any free port. It is separate so that `refuse_connections` can close it. */
  readonly apiPort?: number;
  readonly host?: string;
  /** Encoding of signatures. Cliq's own scripts emit base64. */
  readonly encoding?: "hex" | "base64";
  /** Whether signatures begin with `sha256=`. */
  readonly signaturePrefix?: boolean;
  readonly clock?: Clock;
  readonly oauth?: CliqOauth;
  /** The `api_domain` of token answers, by default the address of this API. */
  readonly apiDomain?: string;
  /** Whether each grant replaces the refresh token. Zoho does not do this. */
  readonly rotateRefreshToken?: boolean;
  /** Lifetime of an access token, by default 3,600 s as Zoho's. */
  readonly tokenLifetimeSeconds?: number;
  readonly bot?: { readonly uniqueName: string; readonly name: string };
  readonly channels?: readonly string[];
  readonly users?: readonly string[];
  /** Limit for messages kept in memory, by default 50,000; the oldest are dropped. */
  readonly maxMessages?: number;
}

/** A simulated Zoho Cliq: people, webhooks, the API, and faults to switch on. */
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
  /** Edits a person's message. Cliq sends no event for edits in a DM. */
  edit(messageId: string, text: string, delivery?: DeliveryOptions): Promise<Said>;
  /** Deletes a person's message (`message_deleted`, channels only). */
  remove(messageId: string, delivery?: DeliveryOptions): Promise<Said>;
  /** Sends the last event of a message again, byte for byte. */
  redeliver(messageId: string, delivery?: DeliveryOptions): Promise<readonly Delivery[]>;
  /** Signs and posts raw bytes. */
  deliver(rawBody: string | Uint8Array, delivery?: DeliveryOptions): Promise<readonly Delivery[]>;

  chats(): readonly SimChat[];
  users(): readonly SimUser[];
  /** Messages of a chat, oldest first, including deleted ones and the bot's. */
  messages(chat: string): readonly SimMessage[];
  /** Every visible post of the API, oldest first. Tests count duplicates in it. */
  visiblePosts(): readonly SimMessage[];
  deliveries(): readonly Delivery[];
  calls(): readonly ApiCall[];
  /** Calls per endpoint since the start, faults included. */
  counters(): Readonly<Record<Endpoint, number>>;
  /** Expires all access tokens issued so far. */
  expireTokens(): void;
  /**
   * Resolves with the first event that satisfies `predicate`, past events first.
   *
   * @throws MioError `simulator.wait_timeout` after `timeoutMs`, by default 10,000.
   */
  waitFor(predicate: (event: CliqEvent) => boolean, options?: WaitOptions): Promise<CliqEvent>;
  /** Resolves with the first message that satisfies `predicate`, in its present state or a later one. */
  waitForMessage(predicate: (message: SimMessage) => boolean, options?: WaitOptions): Promise<SimMessage>;
}

/** The simulator as the control API and the page see it. */
export type Controlled = Omit<CliqSimulator, "url" | typeof Symbol.asyncDispose>;

import type { Clock } from "@mio/pacing";
import type { EventLog, WaitOptions } from "@mio/simulator-kit";
import type { SlackFaults } from "./faults.ts";
import type { SlackBot, SlackChat, SlackMessage, SlackTeam, SlackUser } from "./model.ts";
import type { SlackApiCall, SlackDelivery, SlackEvent, SlackSocket, SlackTransport } from "./traffic.ts";

export interface SlackDeliveryOptions {
  /** Send this many copies of the event at the same time, with the same id. `true` means one. */
  readonly duplicate?: boolean | number;
  /** Sign with a wrong secret. */
  readonly forgedSignature?: boolean;
  /** Sign with a timestamp this far in the past, as a replay would have. */
  readonly staleSeconds?: number;
  readonly delayMs?: number;
  readonly signal?: AbortSignal;
}

/** The outcome of a person's act. */
export interface SlackSaid {
  readonly channel: string;
  /** `ts` of the message concerned. */
  readonly ts: string;
  /** The exact bodies sent, one for each event. Empty when the app gets no event. */
  readonly rawBodies: readonly string[];
  /** The first attempts. Retries follow in the background. */
  readonly deliveries: readonly SlackDelivery[];
}

export interface SlackSayInput {
  /** Name or id. An unknown name creates a public channel with the bot in it. */
  readonly channel: string;
  /** Name, handle or id. An unknown name creates a user. */
  readonly user: string;
  /** As typed: `@name` becomes a mention, `&`, `<` and `>` are escaped, and `<@U…>` stays. */
  readonly text: string;
  readonly threadTs?: string;
  /** Also show the reply in the channel. */
  readonly broadcast?: boolean;
  readonly delivery?: SlackDeliveryOptions;
}

export type SlackSayDmInput = Omit<SlackSayInput, "channel" | "broadcast">;

export interface SlackSayGroupInput extends SlackSayDmInput {
  /** The other members of the group, besides `user` and the bot. */
  readonly others: readonly string[];
}

export interface SlackPostFileInput extends Omit<SlackSayInput, "text" | "broadcast"> {
  readonly name: string;
  readonly mime: string;
  readonly bytes: Uint8Array;
  readonly comment?: string;
}

/** One reaction of one person. */
export interface SlackReactInput {
  readonly channel: string;
  readonly ts: string;
  readonly user: string;
  /** Without colons. */
  readonly emoji: string;
  readonly delivery?: SlackDeliveryOptions;
}

export interface SlackChannelSettings {
  readonly isArchived?: boolean;
  readonly hasBot?: boolean;
}

/** One workspace: its people, its conversations and the app in it. */
export interface SlackWorkspace {
  readonly team: SlackTeam;
  readonly bot: SlackBot;
  /** `xoxb-…`, valid until {@link expireTokens}. */
  readonly botToken: string;
  /** `xapp-…`, for Socket Mode. */
  readonly appToken: string;
  /** The first refresh token, for `oauth.v2.access`. It expires when the new access token is used. */
  readonly refreshToken: string;

  say(input: SlackSayInput): Promise<SlackSaid>;
  sayDm(input: SlackSayDmInput): Promise<SlackSaid>;
  /** Posts in the group message of these people and the bot, and creates it if needed. */
  sayGroup(input: SlackSayGroupInput): Promise<SlackSaid>;
  postFile(input: SlackPostFileInput): Promise<SlackSaid>;
  /** Edits a person's message. */
  edit(channel: string, ts: string, text: string): Promise<SlackSaid>;
  /** Adds a link preview, as Slack does: a `message_changed` event without an edit. */
  unfurl(channel: string, ts: string): Promise<SlackSaid>;
  /** Deletes any message. The root of a thread leaves a tombstone. */
  remove(channel: string, ts: string): Promise<SlackSaid>;
  react(input: SlackReactInput): Promise<SlackSaid>;
  unreact(input: SlackReactInput): Promise<SlackSaid>;
  /** Joins a channel: causes `member_joined_channel` and a message about it. */
  join(channel: string, user: string): Promise<SlackSaid>;
  otherBotSays(channel: string, text: string): Promise<SlackSaid>;
  /** Sends an event again, by its `event_id`, or the last events of a message, by `ts`. */
  redeliver(eventIdOrTs: string, delivery?: SlackDeliveryOptions): Promise<readonly SlackDelivery[]>;
  /** Archives a channel, or removes the bot from it. */
  setChannel(channel: string, settings: SlackChannelSettings): SlackChat;

  chats(): readonly SlackChat[];
  users(): readonly SlackUser[];
  /** Messages of a conversation, oldest first, including replies, deleted messages and the bot's. */
  messages(channel: string): readonly SlackMessage[];
  /** Every visible post of the bot, oldest first. Tests count duplicates in it. */
  visiblePosts(): readonly SlackMessage[];
  /** Expires all bot tokens; `oauth.v2.access` issues new ones. */
  expireTokens(): void;
  /** An authorisation code for `oauth.v2.access`, as the installation redirect carries it. */
  installCode(): string;
}

export interface SlackOauth {
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface SlackSimulatorOptions {
  /** Port of the page and the control API; 0 for any free port. */
  readonly port?: number;
  /** Port of the Web API, files and sockets; 0 for any free port. It is separate so that `refuse_connections` can close it. */
  readonly apiPort?: number;
  readonly host?: string;
  /** Where events are posted; can be set later. */
  readonly eventsUrl?: string;
  readonly signingSecret?: string;
  /** `webhook` when `eventsUrl` is given, else `socket`. */
  readonly transport?: SlackTransport;
  /** Public channels with the bot in them, by default `general`. A private channel `leads` is always added. */
  readonly channels?: readonly string[];
  readonly people?: readonly string[];
  readonly bot?: { readonly name: string };
  /** Scopes of the bot token, by default all that the simulator knows. */
  readonly scopes?: readonly string[];
  /** Pauses before the retries of an event, by default 100, 60,000 and 300,000 ms. */
  readonly retryDelaysMs?: readonly number[];
  /** How long Slack waits for the answer to an event, by default 3,000 ms. */
  readonly eventTimeoutMs?: number;
  /** How long Slack waits for the acknowledgement of an envelope, by default 3,000 ms. */
  readonly ackTimeoutMs?: number;
  /** Interval of Slack's pings, by default 10,000 ms. */
  readonly pingIntervalMs?: number;
  readonly oauth?: SlackOauth;
  /** Lifetime of a rotated token, by default 43,200 s as Slack's. */
  readonly tokenLifetimeSeconds?: number;
  readonly clock?: Clock;
  /** Limit for messages kept per workspace, by default 50,000; the oldest are dropped. */
  readonly maxMessages?: number;
}

/** A simulated Slack: people, events, the Web API, and faults to switch on. */
export interface SlackSimulator extends SlackWorkspace, AsyncDisposable {
  /** The page for people; `/sim/*` below it is the control API. */
  readonly url: string;
  /** For `SLACK_API_BASE_URL`; ends with `/api/`. */
  readonly apiBaseUrl: string;
  /** `host:port` of file URLs, for `SLACK_FILE_HOSTS`. */
  readonly fileHost: string;
  readonly signingSecret: string;
  readonly eventsUrl: string | undefined;
  readonly transport: SlackTransport;
  readonly oauth: SlackOauth;
  readonly faults: SlackFaults;
  readonly events: EventLog<SlackEvent>;

  /** All workspaces; the simulator itself is the first. */
  workspaces(): readonly SlackWorkspace[];
  /** Adds a workspace with its own app, tokens, people and channels. All share the signing secret and the URL. */
  addWorkspace(name: string): SlackWorkspace;
  setEvents(target: { readonly url: string | undefined; readonly secret?: string }): void;
  setTransport(transport: SlackTransport): void;
  /** Posts `url_verification`, as Slack does for a new URL. Returns whether the app sent the challenge back. */
  verifyUrl(): Promise<boolean>;
  /** Signs and posts raw bytes. */
  deliver(rawBody: string | Uint8Array, delivery?: SlackDeliveryOptions): Promise<readonly SlackDelivery[]>;

  deliveries(): readonly SlackDelivery[];
  calls(): readonly SlackApiCall[];
  /** Calls by method since the start, faults included. */
  counters(): Readonly<Record<string, number>>;
  /** Socket Mode connections that Slack considers open. */
  sockets(): readonly SlackSocket[];
  /**
   * Resolves with the first event that satisfies `predicate`, past events first.
   *
   * @throws MioError `simulator.wait_timeout` after `timeoutMs`, by default 10,000.
   */
  waitFor(predicate: (event: SlackEvent) => boolean, options?: WaitOptions): Promise<SlackEvent>;
  /** Resolves with the first message of any workspace that satisfies `predicate`, in its present state or a later one. */
  waitForMessage(predicate: (message: SlackMessage) => boolean, options?: WaitOptions): Promise<SlackMessage>;
}

/** The simulator as the control API and the page see it. */
export type Controlled = Omit<SlackSimulator, "url" | typeof Symbol.asyncDispose>;

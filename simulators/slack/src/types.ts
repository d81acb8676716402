import type { Clock } from "@mio/pacing";
import type { EventLog, WaitOptions } from "@mio/simulator-kit";
import type { SlackFaults } from "./faults.ts";
import type { SlackBot, SlackChat, SlackMessage, SlackTeam, SlackUser } from "./model.ts";
import type { SlackApiCall, SlackDelivery, SlackEvent, SlackSocket, SlackTransport } from "./traffic.ts";

export interface SlackDeliveryOptions {
  /** Send the same event, with its id, this many more times, all at once; `true` is once more. */
  readonly duplicate?: boolean | number;
  /** Sign with a wrong secret, as a stranger would. */
  readonly forgedSignature?: boolean;
  /** Sign for a time this far in the past, as somebody who replays would. */
  readonly staleSeconds?: number;
  readonly delayMs?: number;
  readonly signal?: AbortSignal;
}

/** What one act of a person caused. */
export interface SlackSaid {
  readonly channel: string;
  /** Of the message the act is about. */
  readonly ts: string;
  /** The exact bodies that were sent, one for each event; none where the app sees nothing. */
  readonly rawBodies: readonly string[];
  /** The first attempts; retries follow by themselves. */
  readonly deliveries: readonly SlackDelivery[];
}

export interface SlackSayInput {
  /** Name or id. An unknown name makes a new public channel with the bot in it. */
  readonly channel: string;
  /** Name, handle or id. An unknown name makes a new user. */
  readonly user: string;
  /** As typed: `@name` mentions, `&`, `<` and `>` are escaped, Slack's own `<@U…>` is left alone. */
  readonly text: string;
  readonly threadTs?: string;
  /** Show a reply in the channel as well. */
  readonly broadcast?: boolean;
  readonly delivery?: SlackDeliveryOptions;
}

export type SlackSayDmInput = Omit<SlackSayInput, "channel" | "broadcast">;

export interface SlackSayGroupInput extends SlackSayDmInput {
  /** Who else is in the group with `user` and the bot. */
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
  /** `xoxb-…`, good until {@link expireTokens}. */
  readonly botToken: string;
  /** `xapp-…`, for Socket Mode. */
  readonly appToken: string;
  /** The first refresh token, for `oauth.v2.access`; void once the token that it brought was used. */
  readonly refreshToken: string;

  say(input: SlackSayInput): Promise<SlackSaid>;
  sayDm(input: SlackSayDmInput): Promise<SlackSaid>;
  /** Speaks in the group message of these people and the bot, which is made on demand. */
  sayGroup(input: SlackSayGroupInput): Promise<SlackSaid>;
  postFile(input: SlackPostFileInput): Promise<SlackSaid>;
  /** Changes a person's message. */
  edit(channel: string, ts: string, text: string): Promise<SlackSaid>;
  /** Slack adds a link's preview: `message_changed` without a change that anybody made. */
  unfurl(channel: string, ts: string): Promise<SlackSaid>;
  /** Deletes anybody's message; the first of a thread leaves a tombstone. */
  remove(channel: string, ts: string): Promise<SlackSaid>;
  react(input: SlackReactInput): Promise<SlackSaid>;
  unreact(input: SlackReactInput): Promise<SlackSaid>;
  /** Noise: `member_joined_channel` and a message about it. */
  join(channel: string, user: string): Promise<SlackSaid>;
  otherBotSays(channel: string, text: string): Promise<SlackSaid>;
  /** Sends an event again as it was, by `event_id`, or the last ones about a message, by `ts`. */
  redeliver(eventIdOrTs: string, delivery?: SlackDeliveryOptions): Promise<readonly SlackDelivery[]>;
  /** Archives a channel, or throws the bot out. */
  setChannel(channel: string, settings: SlackChannelSettings): SlackChat;

  chats(): readonly SlackChat[];
  users(): readonly SlackUser[];
  /** Messages of a conversation, oldest first, with replies, deleted ones and the bot's. */
  messages(channel: string): readonly SlackMessage[];
  /** Every post the bot made that somebody can still see, oldest first: what duplicates are counted on. */
  visiblePosts(): readonly SlackMessage[];
  /** Makes every bot token given out so far invalid; `oauth.v2.access` gives new ones. */
  expireTokens(): void;
  /** A code as the installation page would hand to the redirect address, for `oauth.v2.access`. */
  installCode(): string;
}

export interface SlackOauth {
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface SlackSimulatorOptions {
  /** Port of the page and the control API, 0 for any. */
  readonly port?: number;
  /** Port of the Web API, files and sockets, 0 for any. It has its own, so that refusing connections is real. */
  readonly apiPort?: number;
  readonly host?: string;
  /** Where events are posted; settable later. */
  readonly eventsUrl?: string;
  readonly signingSecret?: string;
  /** `webhook` when `eventsUrl` is given, else `socket`. */
  readonly transport?: SlackTransport;
  /** Public channels with the bot in them, `general` unless given; there is always a private `leads` too. */
  readonly channels?: readonly string[];
  readonly people?: readonly string[];
  readonly bot?: { readonly name: string };
  /** What the bot token may do; everything that the simulator knows unless given. */
  readonly scopes?: readonly string[];
  /** Pauses before the retries of an event: almost none, 60,000 and 300,000 ms unless given. */
  readonly retryDelaysMs?: readonly number[];
  /** How long Slack waits for the answer to an event, 3,000 ms unless given. */
  readonly eventTimeoutMs?: number;
  /** How long Slack waits for the acknowledgement of an envelope, 3,000 ms unless given. */
  readonly ackTimeoutMs?: number;
  /** How often Slack pings a socket, 10,000 ms unless given. */
  readonly pingIntervalMs?: number;
  readonly oauth?: SlackOauth;
  /** Lifetime of a rotated token, 43,200 s as Slack's unless given. */
  readonly tokenLifetimeSeconds?: number;
  readonly clock?: Clock;
  /** Ceiling for messages kept per workspace, 50,000 unless given; the oldest go first. */
  readonly maxMessages?: number;
}

/** Slack, faked: people who type, events that are sent, an API that answers, faults to switch on. */
export interface SlackSimulator extends SlackWorkspace, AsyncDisposable {
  /** The page for people; `/sim/*` below it is the control API. */
  readonly url: string;
  /** For `SLACK_API_BASE_URL`; ends with `/api/`. */
  readonly apiBaseUrl: string;
  /** `host:port` that files are on, for `SLACK_FILE_HOSTS`. */
  readonly fileHost: string;
  readonly signingSecret: string;
  readonly eventsUrl: string | undefined;
  readonly transport: SlackTransport;
  readonly oauth: SlackOauth;
  readonly faults: SlackFaults;
  readonly events: EventLog<SlackEvent>;

  /** Every workspace, the simulator's own first. */
  workspaces(): readonly SlackWorkspace[];
  /** A second workspace with its own app, tokens, people and channels; secret and address are shared. */
  addWorkspace(name: string): SlackWorkspace;
  setEvents(target: { readonly url: string | undefined; readonly secret?: string }): void;
  setTransport(transport: SlackTransport): void;
  /** Posts `url_verification`, as Slack does when the address is entered; whether the challenge came back. */
  verifyUrl(): Promise<boolean>;
  /** Signs and posts any bytes. */
  deliver(rawBody: string | Uint8Array, delivery?: SlackDeliveryOptions): Promise<readonly SlackDelivery[]>;

  deliveries(): readonly SlackDelivery[];
  calls(): readonly SlackApiCall[];
  /** Calls by method since the start, faults included. */
  counters(): Readonly<Record<string, number>>;
  /** Socket Mode connections that Slack believes in. */
  sockets(): readonly SlackSocket[];
  /**
   * Resolves with the first event for which `predicate` holds, past events first.
   *
   * @throws MioError `simulator.wait_timeout` after `timeoutMs` (10,000 unless given).
   */
  waitFor(predicate: (event: SlackEvent) => boolean, options?: WaitOptions): Promise<SlackEvent>;
  /** Resolves with the first message of any workspace for which `predicate` holds, in its present state or a later one. */
  waitForMessage(predicate: (message: SlackMessage) => boolean, options?: WaitOptions): Promise<SlackMessage>;
}

/** The simulator as the control API and the page see it. */
export type Controlled = Omit<SlackSimulator, "url" | typeof Symbol.asyncDispose>;

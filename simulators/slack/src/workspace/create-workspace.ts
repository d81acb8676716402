import { randomBytes } from "node:crypto";
import type { Clock } from "@mio/pacing";
import type { WritableEventLog } from "@mio/simulator-kit";
import { createAnnouncer } from "../events/announcer.ts";
import type { EventSender } from "../events/event-sender.ts";
import type { NextId } from "../identifiers.ts";
import type { SlackAuthor } from "../model.ts";
import { createSlackState, type SlackState } from "../state/state.ts";
import type { SlackEvent } from "../traffic.ts";
import type { SlackWorkspace } from "../types.ts";
import { createActs } from "./acts.ts";
import type { Core } from "./core.ts";

/** The tokens of all workspaces, as far as a workspace needs them. */
export interface WorkspaceTokens {
  install(core: Core, given: { readonly bot: string; readonly app: string; readonly refresh: string }): void;
  installCode(core: Core): string;
  expire(core: Core): void;
}

/** The parts that all workspaces share. */
export interface Platform {
  readonly nextId: NextId;
  readonly clock: Clock;
  readonly events: WritableEventLog<SlackEvent>;
  readonly eventSender: EventSender;
  readonly tokens: WorkspaceTokens;
  /** Issues an address for one socket of an app. */
  readonly issueTicket: (owner: { readonly teamId: string; readonly appId: string }) => string;
  readonly origin: () => string;
  readonly maxMessages: number;
  readonly scopes: readonly string[];
}

export interface WorkspaceSettings {
  readonly name: string;
  readonly botName: string;
  readonly channels: readonly string[];
  readonly people: readonly string[];
}

/** Creates a workspace with its people and channels, and installs an app in it. */
export function createWorkspace(
  settings: WorkspaceSettings,
  platform: Platform,
): { readonly core: Core; readonly workspace: SlackWorkspace } {
  const core = createCore(settings, platform);
  const { state, announcer, team, bot } = core;
  const secrets = {
    bot: newSecret("xoxb-"),
    app: newSecret(`xapp-1-${bot.appId}-`),
    refresh: newSecret("xoxe-1-"),
  };
  platform.tokens.install(core, secrets);
  const other = otherBotOf(platform.nextId);

  const workspace: SlackWorkspace = {
    team,
    bot,
    botToken: secrets.bot,
    appToken: secrets.app,
    refreshToken: secrets.refresh,
    ...createActs(core, other),
    redeliver: announcer.redeliver,
    setChannel: (channel, settings) => state.setChannel(state.getChat(channel), settings),
    chats: state.chats,
    users: state.users,
    messages: (channel) => state.messages(state.findChat(channel)?.id ?? ""),
    visiblePosts: () =>
      [...state.allMessages()].filter(({ author, deletedAt }) => author.id === bot.userId && !deletedAt),
    expireTokens: () => platform.tokens.expire(core),
    installCode: () => platform.tokens.installCode(core),
  };
  return { core, workspace };
}

function createCore({ name, botName, channels, people }: WorkspaceSettings, platform: Platform): Core {
  const { nextId, origin } = platform;
  const team = { id: nextId("T"), name, domain: name.toLowerCase().replace(/[^a-z0-9]+/g, "-") || "sim" };
  const bot = { userId: nextId("U"), botId: nextId("B"), appId: nextId("A"), name: botName };
  const state = createSlackState({ ...platform, teamId: team.id });
  const author = { kind: "bot", id: bot.userId, name: botName, botId: bot.botId, appId: bot.appId } as const;
  const writing = { team, bot, state, origin };
  const announcer = createAnnouncer({
    writing,
    findChat: state.findChat,
    eventSender: platform.eventSender,
    now: platform.clock.now,
    nextEventId: () => nextId("Ev"),
  });
  const installerId = populate(state, { channels, people });
  const issueTicket = (): string => platform.issueTicket({ teamId: team.id, appId: bot.appId });
  const { scopes } = platform;
  return { team, bot, scopes, author, installerId, state, writing, announcer, origin, issueTicket };
}

/** Adds all people to all channels, and opens their direct messages with the bot. */
function populate(
  state: SlackState,
  { channels, people }: Pick<WorkspaceSettings, "channels" | "people">,
): string {
  const users = people.map((name) => state.ensureUser(name));
  for (const channel of channels) state.ensureChat(channel);
  state.ensureChat("leads", "group");
  for (const user of users) {
    for (const chat of state.chats()) if (chat.kind !== "im") state.join(chat, user);
    state.ensureDm(user);
  }
  return users[0]?.id ?? "";
}

function otherBotOf(nextId: NextId): SlackAuthor {
  return { kind: "other_bot", id: nextId("U"), name: "Deployer", botId: nextId("B"), appId: nextId("A") };
}

function newSecret(prefix: string): string {
  return prefix + randomBytes(24).toString("hex");
}

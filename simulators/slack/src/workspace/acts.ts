import { randomUUID } from "node:crypto";
import { MioError } from "@mio/failure";
import {
  changedEvent,
  deletedEvent,
  joinedEvents,
  postedEvents,
  reactionEvent,
} from "../events/inner-event.ts";
import type { SlackAuthor, SlackChat, SlackMessage, SlackUser } from "../model.ts";
import { toMarkup } from "../state/markup.ts";
import type { NewSlackMessage } from "../state/state.ts";
import type { SlackDeliveryOptions, SlackReactInput, SlackSaid, SlackWorkspace } from "../types.ts";
import type { Core } from "./core.ts";

/** What people in a workspace can do. Each act sends the events that Slack would send. */
export type Acts = Pick<
  SlackWorkspace,
  | "say"
  | "sayDm"
  | "sayGroup"
  | "postFile"
  | "edit"
  | "unfurl"
  | "remove"
  | "react"
  | "unreact"
  | "join"
  | "otherBotSays"
>;

export function createActs(core: Core, otherBot: SlackAuthor): Acts {
  const { state, bot } = core;
  const markup = (text: string): string => toMarkup(text, { people: state, bot });

  return {
    say: async ({ channel, user, text, threadTs, broadcast = false, delivery }) => {
      const { chat, author } = enter(core, channel, user);
      const thread =
        threadTs === undefined ? {} : { threadTs: rootOf(core, chat, threadTs), isBroadcast: broadcast };
      return await post(core, { chat, author, text: markup(text), ...thread }, delivery);
    },
    sayDm: async ({ user, text, threadTs, delivery }) => {
      const speaker = state.ensureUser(user);
      const chat = state.ensureDm(speaker);
      const thread = threadTs === undefined ? {} : { threadTs: rootOf(core, chat, threadTs) };
      return await post(core, { chat, author: personOf(speaker), text: markup(text), ...thread }, delivery);
    },
    sayGroup: async ({ user, others, text, threadTs, delivery }) => {
      const speaker = state.ensureUser(user);
      const chat = state.ensureGroup([speaker, ...others.map((other) => state.ensureUser(other))]);
      const thread = threadTs === undefined ? {} : { threadTs: rootOf(core, chat, threadTs) };
      return await post(core, { chat, author: personOf(speaker), text: markup(text), ...thread }, delivery);
    },
    postFile: async ({ channel, user, name, mime, bytes, comment = "", threadTs, delivery }) => {
      const { chat, author } = enter(core, channel, user);
      const files = [state.storeFile({ name, mime, bytes, userId: author.id })];
      const thread = threadTs === undefined ? {} : { threadTs: rootOf(core, chat, threadTs) };
      const draft = { chat, author, text: markup(comment), subtype: "file_share", files, ...thread } as const;
      return await post(core, draft, delivery);
    },
    edit: async (channel, ts, text) => {
      const before = state.getMessage(channel, ts);
      if (before.author.kind !== "user") throw notTheirs();
      return await change(core, before, state.revise(before, { isEdit: true, text: markup(text) }));
    },
    unfurl: async (channel, ts) => {
      const before = state.getMessage(channel, ts);
      const preview = {
        id: 1,
        from_url: "https://example.com",
        title: "Example Domain",
        fallback: "Example Domain",
      };
      return await change(core, before, state.revise(before, { isEdit: false, attachments: [preview] }));
    },
    remove: async (channel, ts) => {
      const message = state.getMessage(channel, ts);
      const eventTs = state.nextTs();
      const after = state.remove(message);
      return await core.announcer.announce({
        about: after,
        events: (context) => [deletedEvent({ before: message, after, eventTs }, context)],
      });
    },
    react: (input) => react(core, "reaction_added", input),
    unreact: (input) => react(core, "reaction_removed", input),
    join: async (channel, user) => {
      const { chat, author } = enter(core, channel, user);
      const text = `<@${author.id}> has joined the channel`;
      const message = state.post({ chat, author, text, subtype: "channel_join" });
      return await core.announcer.announce({
        about: message,
        events: (context) => joinedEvents(message, context),
      });
    },
    otherBotSays: async (channel, text) =>
      await post(core, { chat: state.ensureChat(channel), author: otherBot, text: markup(text) }),
  };
}

function personOf({ id, name }: SlackUser): SlackAuthor {
  return { kind: "user", id, name, botId: undefined, appId: undefined };
}

/** Adds the speaker to a channel. Rejects direct and group messages of other people. */
function enter(
  core: Core,
  reference: string,
  userName: string,
): { readonly chat: SlackChat; readonly author: SlackAuthor } {
  const { state } = core;
  const user = state.ensureUser(userName);
  const chat = state.ensureChat(reference);
  if (chat.isArchived) throw new MioError("simulator.bad_request", `${chat.name} is archived.`);
  const isOpen = chat.kind === "channel" || chat.kind === "group" || chat.memberIds.includes(user.id);
  if (!isOpen) throw new MioError("simulator.bad_request", `${user.name} is not a member of ${chat.name}.`);
  return { chat: state.join(chat, user), author: personOf(user) };
}

/** `ts` of the thread's root. A reply to a reply belongs to the same thread. */
function rootOf({ state }: Core, chat: SlackChat, ts: string): string {
  const message = state.findThread(chat.id, ts) ?? state.getMessage(chat.id, ts);
  return message.threadTs ?? message.ts;
}

async function post(core: Core, draft: NewSlackMessage, delivery?: SlackDeliveryOptions): Promise<SlackSaid> {
  const clientMsgId = draft.author.kind === "user" ? { clientMsgId: randomUUID() } : {};
  const message = core.state.post({ ...clientMsgId, ...draft });
  return await core.announcer.announce(
    { about: message, events: (context) => postedEvents(message, context) },
    delivery,
  );
}

async function change(core: Core, before: SlackMessage, after: SlackMessage): Promise<SlackSaid> {
  const eventTs = core.state.nextTs();
  return await core.announcer.announce({
    about: after,
    events: (context) => [changedEvent({ before, after, eventTs }, context)],
  });
}

async function react(
  core: Core,
  type: "reaction_added" | "reaction_removed",
  { channel, ts, user: userName, emoji, delivery }: SlackReactInput,
): Promise<SlackSaid> {
  const { state } = core;
  const user = state.ensureUser(userName);
  const message = state.getMessage(channel, ts);
  const name = emoji.replaceAll(":", "");
  const after =
    type === "reaction_added" ? state.react(message, name, user.id) : state.unreact(message, name, user.id);
  if (!after) {
    throw new MioError(
      "simulator.bad_request",
      `${user.name} already has this reaction, or has none to remove.`,
    );
  }
  const eventTs = state.nextTs();
  const announcement = {
    about: after,
    events: (context: Parameters<typeof reactionEvent>[1]) => [
      reactionEvent({ type, message: after, userId: user.id, name, eventTs }, context),
    ],
  };
  return await core.announcer.announce(announcement, delivery);
}

function notTheirs(): MioError {
  return new MioError("simulator.bad_request", "Only messages of people can be edited.");
}

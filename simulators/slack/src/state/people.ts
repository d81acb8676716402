import { MioError } from "@mio/failure";
import type { NextId } from "../identifiers.ts";
import type { SlackChat, SlackUser } from "../model.ts";
import type { SlackChannelSettings } from "../types.ts";

const maxUsers = 10_000;
const maxChats = 10_000;

/** A workspace's users and conversations. */
export interface SlackPeople {
  users(): readonly SlackUser[];
  chats(): readonly SlackChat[];
  findUser(reference: string): SlackUser | undefined;
  /** Finds a user by name, handle or id, or creates one. */
  ensureUser(reference: string): SlackUser;
  /** Finds a conversation by id, or a channel by name with or without `#`. */
  findChat(reference: string): SlackChat | undefined;
  /** @throws MioError `simulator.unknown_target` */
  getChat(reference: string): SlackChat;
  /** Finds a conversation, or creates a channel of that name with the bot as a member. */
  ensureChat(reference: string, kind?: "channel" | "group"): SlackChat;
  /** The direct message of a user and the bot. */
  ensureDm(user: SlackUser): SlackChat;
  /** The group message of these users and the bot. */
  ensureGroup(users: readonly SlackUser[]): SlackChat;
  join(chat: SlackChat, user: SlackUser): SlackChat;
  setChannel(chat: SlackChat, settings: SlackChannelSettings): SlackChat;
}

export function createSlackPeople(nextId: NextId): SlackPeople {
  const users = createUsers(nextId);
  const chats = new Map<string, SlackChat>();
  const idOf = new Map<string, string>();

  const put = (chat: SlackChat): SlackChat => {
    chats.set(chat.id, chat);
    return chat;
  };
  const add = (key: string, chat: Omit<SlackChat, "hasBot" | "isArchived">): SlackChat => {
    if (chats.size >= maxChats)
      throw new MioError("simulator.bad_request", "The workspace has too many conversations.");
    idOf.set(key, chat.id);
    return put({ ...chat, hasBot: true, isArchived: false });
  };
  const findChat = (reference: string): SlackChat | undefined =>
    chats.get(idOf.get(reference.replace(/^#/, "").toLowerCase()) ?? reference);

  return {
    ...users,
    chats: () => [...chats.values()],
    findChat,
    getChat(reference) {
      const chat = findChat(reference);
      if (chat) return chat;
      throw new MioError("simulator.unknown_target", `No conversation has the id or name ${reference}.`);
    },
    ensureChat(reference, kind = "channel") {
      const found = findChat(reference);
      if (found) return found;
      const name = toChannelName(reference);
      return add(name, { id: nextId("C"), kind, name, memberIds: [] });
    },
    ensureDm(user) {
      const found = findChat(`dm:${user.id}`.toLowerCase());
      const key = `dm:${user.id}`.toLowerCase();
      return found ?? add(key, { id: nextId("D"), kind: "im", name: user.name, memberIds: [user.id] });
    },
    ensureGroup(members) {
      const memberIds = [...new Set(members.map(({ id }) => id))].sort();
      const key = `mpim:${memberIds.join()}`.toLowerCase();
      const name = `mpdm-${members.map(({ handle }) => handle).join("--")}-1`;
      return findChat(key) ?? add(key, { id: nextId("C"), kind: "mpim", name, memberIds });
    },
    join: (chat, user) =>
      chat.memberIds.includes(user.id) ? chat : put({ ...chat, memberIds: [...chat.memberIds, user.id] }),
    setChannel: (chat, settings) => put({ ...chat, ...settings }),
  };
}

function createUsers(nextId: NextId): Pick<SlackPeople, "users" | "findUser" | "ensureUser"> {
  const users: SlackUser[] = [];
  const index = new Map<string, SlackUser>();
  const findUser = (reference: string): SlackUser | undefined =>
    index.get(reference.replace(/^@/, "").toLowerCase());
  return {
    users: () => users,
    findUser,
    ensureUser(reference) {
      const found = findUser(reference);
      if (found) return found;
      if (users.length >= maxUsers)
        throw new MioError("simulator.bad_request", "The workspace has too many users.");
      const name = reference.replace(/^@/, "").trim() || "Someone";
      const handle = name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, ".");
      const user = { id: nextId("U"), handle, name };
      users.push(user);
      const [firstName = name] = name.split(/\s+/);
      for (const key of [user.id, name, handle, firstName]) {
        if (!index.has(key.toLowerCase())) index.set(key.toLowerCase(), user);
      }
      return user;
    },
  };
}

function toChannelName(reference: string): string {
  const name = reference.replace(/^#/, "").toLowerCase();
  if (/^[\p{Ll}\p{Lo}\p{N}_-]{1,80}$/u.test(name)) return name;
  throw new MioError(
    "simulator.bad_request",
    `No conversation has the id or name "${reference}", and it is not a valid channel name.`,
  );
}

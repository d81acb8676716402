import { MioError } from "@mio/failure";
import type { SimChat, SimUser } from "./types.ts";

const maxUsers = 10_000;
const maxChats = 10_000;

/** The users, the channels, and each user's direct chat with the bot. */
export interface People {
  users(): readonly SimUser[];
  chats(): readonly SimChat[];
  /** Finds a user by name or id, or creates one. */
  ensureUser(reference: string): SimUser;
  findUser(reference: string): SimUser | undefined;
  /** Finds a chat by id, or a channel by unique name, title or channel id. */
  findChat(reference: string): SimChat | undefined;
  /** Finds as {@link findChat} does, or creates a channel of that unique name. */
  ensureChat(reference: string): SimChat;
  ensureDm(user: SimUser): SimChat;
  /** The thread chat below a message of a channel, created if needed. */
  ensureThread(channel: SimChat, root: { readonly restId: string; readonly text: string }): SimChat;
}

export const organizationId = "600137001";

export function createPeople(): People {
  const users: SimUser[] = [];
  const chats: SimChat[] = [];
  const userIndex = new Map<string, SimUser>();
  const chatIndex = new Map<string, SimChat>();

  const addChat = (chat: SimChat, names: readonly (string | undefined)[]): SimChat => {
    if (chats.length >= maxChats)
      throw new MioError("simulator.bad_request", "The simulator has too many chats.");
    chats.push(chat);
    for (const name of names) if (name !== undefined) chatIndex.set(name.toLowerCase(), chat);
    return chat;
  };
  const findUser = (reference: string): SimUser | undefined => userIndex.get(reference.toLowerCase());
  const findChat = (reference: string): SimChat | undefined => chatIndex.get(reference.toLowerCase());

  return {
    users: () => users,
    chats: () => chats,
    findUser,
    findChat,
    ensureUser(reference) {
      const found = findUser(reference);
      if (found) return found;
      if (users.length >= maxUsers)
        throw new MioError("simulator.bad_request", "The simulator has too many users.");
      const user = makeUser(reference, users.length);
      users.push(user);
      for (const name of [user.id, user.name, user.firstName]) {
        if (!userIndex.has(name.toLowerCase())) userIndex.set(name.toLowerCase(), user);
      }
      userIndex.set(reference.toLowerCase(), user);
      return user;
    },
    ensureChat(reference) {
      const found = findChat(reference);
      if (found) return found;
      const chat = makeChannel(reference.replace(/^#/, ""), chats.length);
      return addChat(chat, [chat.id, chat.name, chat.title, chat.channelId]);
    },
    ensureThread(channel, root) {
      const found = findChat(`thread:${root.restId}`);
      if (found) return found;
      const chat = makeThread(channel, root, chats.length);
      return addChat(chat, [chat.id, `thread:${root.restId}`]);
    },
    ensureDm(user) {
      const found = findChat(`dm:${user.id}`);
      if (found) return found;
      const chat = makeDm(user, chats.length);
      return addChat(chat, [chat.id, `dm:${user.id}`, `dm:${user.name}`]);
    },
  };
}

function makeUser(reference: string, index: number): SimUser {
  const words = reference.trim().split(/\s+/).filter(Boolean).map(capitalise);
  const [firstName = "Someone", ...rest] = words;
  const lastName = rest.join(" ");
  const name = [firstName, lastName].filter(Boolean).join(" ");
  return { id: String(137_000_001 + index), name, firstName, lastName };
}

function makeChannel(name: string, index: number): SimChat {
  if (!/^[a-z0-9][a-z0-9_-]{0,63}$/i.test(name)) {
    throw new MioError(
      "simulator.bad_request",
      `No chat has the id or name "${name}", and it is not a valid channel name.`,
    );
  }
  const unique = name.toLowerCase();
  return {
    id: `CT_${1_608_777_491_574_236_000n + BigInt(index) * 13n}_${organizationId}`,
    kind: "channel",
    name: unique,
    title: `#${unique.split(/[-_]/).map(capitalise).join("-")}`,
    channelId: `P${1_974_166_000_016_769_000n + BigInt(index)}`,
    userId: undefined,
  };
}

function makeDm(user: SimUser, index: number): SimChat {
  return {
    id: `CT_${1_508_777_491_574_236_000n + BigInt(index) * 13n}_${organizationId}-B1`,
    kind: "dm",
    name: user.name,
    title: user.name,
    channelId: undefined,
    userId: user.id,
  };
}

function makeThread(
  channel: SimChat,
  root: { readonly restId: string; readonly text: string },
  index: number,
): SimChat {
  const title = root.text.slice(0, 40) || "Thread";
  const id = `${channel.id}-T-${1_291_567_019_566_818_000n + BigInt(index)}`;
  return { ...channel, id, kind: "thread", title, rootId: root.restId };
}

function capitalise(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

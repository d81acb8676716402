import { randomBytes } from "node:crypto";
import { MioError } from "@mio/failure";
import type { Clock } from "@mio/pacing";
import type { WritableEventLog } from "@mio/simulator-kit";
import { createMessageIds, toRestId } from "./message-id.ts";
import { createPeople, type People } from "./people.ts";
import type {
  CliqEvent,
  MessageEventType,
  SimAuthor,
  SimChat,
  SimFile,
  SimMention,
  SimMessage,
} from "./types.ts";

/** Total size of the files kept; the oldest are dropped. */
const maxFileBytes = 256 * 1024 * 1024;

export interface NewMessage {
  readonly chat: SimChat;
  readonly author: SimAuthor;
  readonly text: string;
  readonly replyToId?: string | undefined;
  readonly mentions?: readonly SimMention[];
  readonly file?: SimFile;
  readonly rich?: Readonly<Record<string, unknown>>;
}

export interface MessageChange {
  readonly text: string;
  readonly mentions?: readonly SimMention[];
}

export interface Reaction {
  readonly emoji: string;
  readonly userId: string;
  readonly isAdded: boolean;
}

/** The state of the simulated Cliq. */
export interface CliqState extends People {
  post(draft: NewMessage): SimMessage;
  revise(message: SimMessage, change: MessageChange): SimMessage;
  remove(message: SimMessage): SimMessage;
  react(message: SimMessage, reaction: Reaction): SimMessage;
  /** Finds a message by id in any spelling. */
  findMessage(id: string): SimMessage | undefined;
  /** @throws MioError `simulator.unknown_target` */
  getMessage(id: string): SimMessage;
  messages(chatId: string): readonly SimMessage[];
  allMessages(): Iterable<SimMessage>;
  storeFile(file: Omit<SimFile, "token">): SimFile;
  findFile(token: string): SimFile | undefined;
}

export function createCliqState(options: {
  readonly clock: Clock;
  readonly events: WritableEventLog<CliqEvent>;
  readonly maxMessages: number;
}): CliqState {
  const { clock, events } = options;
  const nextIds = createMessageIds();
  const byRestId = new Map<string, SimMessage>();
  const restIdOf = new Map<string, string>();
  const idsOfChat = new Map<string, Set<string>>();

  const put = (type: MessageEventType, message: SimMessage) => {
    byRestId.set(message.restId, message);
    events.append({ type, message });
    return message;
  };
  const evict = (): void => {
    const oldest = byRestId.values().next().value;
    if (oldest === undefined) return;
    byRestId.delete(oldest.restId);
    restIdOf.delete(oldest.id);
    idsOfChat.get(oldest.chatId)?.delete(oldest.restId);
  };
  const findMessage = (id: string): SimMessage | undefined => byRestId.get(restIdOf.get(id) ?? toRestId(id));

  return {
    ...createPeople(),
    ...createFileStore(),
    post(draft) {
      const at = clock.now();
      const isPerson = draft.author.kind === "user";
      const dmUserId = isPerson ? draft.chat.userId : undefined;
      const { webhookId, restId } = nextIds(at, dmUserId);
      const id = isPerson ? webhookId : restId;
      restIdOf.set(id, restId);
      getOrMake(idsOfChat, draft.chat.id).add(restId);
      const posted = put("message.posted", toMessage(draft, { id, restId, at }));
      if (byRestId.size > options.maxMessages) evict();
      return posted;
    },
    revise(message, change) {
      const revisions = [...message.revisions, { text: change.text, at: clock.now() }].slice(-100);
      return put("message.edited", { ...message, ...change, revisions });
    },
    remove: (message) => put("message.deleted", { ...message, deletedAt: clock.now() }),
    react: (message, reaction) =>
      put("message.reacted", { ...message, reactions: reacted(message, reaction) }),
    findMessage,
    getMessage(id) {
      const message = findMessage(id);
      if (message) return message;
      throw new MioError("simulator.unknown_target", `No message has the id ${id}.`);
    },
    messages: (chatId) => [...(idsOfChat.get(chatId) ?? [])].flatMap((restId) => byRestId.get(restId) ?? []),
    allMessages: () => byRestId.values(),
  };
}

function toMessage(
  draft: NewMessage,
  identity: { readonly id: string; readonly restId: string; readonly at: Date },
): SimMessage {
  const { chat, author, text, file } = draft;
  return {
    id: identity.id,
    restId: identity.restId,
    chatId: chat.id,
    author,
    text,
    postedAt: identity.at,
    revisions: [{ text, at: identity.at }],
    deletedAt: undefined,
    replyToId: draft.replyToId,
    mentions: draft.mentions ?? [],
    file: file && { token: file.token, name: file.name, mime: file.mime, size: file.bytes.byteLength },
    reactions: {},
    rich: draft.rich ?? {},
  };
}

function reacted({ reactions }: SimMessage, { emoji, userId, isAdded }: Reaction): SimMessage["reactions"] {
  const others = (reactions[emoji] ?? []).filter((id) => id !== userId);
  const ids = isAdded ? [...others, userId] : others;
  const { [emoji]: _, ...rest } = reactions;
  return ids.length === 0 ? rest : { ...rest, [emoji]: ids };
}

function createFileStore(): Pick<CliqState, "storeFile" | "findFile"> {
  const files = new Map<string, SimFile>();
  let total = 0;
  return {
    storeFile(draft) {
      const file = { ...draft, token: randomBytes(24).toString("hex") };
      files.set(file.token, file);
      total += file.bytes.byteLength;
      for (const old of files.values()) {
        if (total <= maxFileBytes || old === file) break;
        files.delete(old.token);
        total -= old.bytes.byteLength;
      }
      return file;
    },
    findFile: (token) => files.get(token),
  };
}

function getOrMake(sets: Map<string, Set<string>>, key: string): Set<string> {
  const existing = sets.get(key);
  if (existing) return existing;
  const made = new Set<string>();
  sets.set(key, made);
  return made;
}

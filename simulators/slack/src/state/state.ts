import { MioError } from "@mio/failure";
import type { Clock } from "@mio/pacing";
import type { WritableEventLog } from "@mio/simulator-kit";
import { createNextTs, type NextId } from "../identifiers.ts";
import type { SlackAuthor, SlackChat, SlackMessage } from "../model.ts";
import type { SlackEvent } from "../traffic.ts";
import { createFileStore, type FileStore } from "./file-store.ts";
import { createMessageStore } from "./message-store.ts";
import { createSlackPeople, type SlackPeople } from "./people.ts";
import { addReaction, removeReaction } from "./reactions.ts";

/** Not documented, but what streams live in practice. */
const maxStreamMs = 5 * 60_000;

export interface NewSlackMessage
  extends Partial<
    Pick<
      SlackMessage,
      | "threadTs"
      | "isBroadcast"
      | "subtype"
      | "clientMsgId"
      | "blocks"
      | "attachments"
      | "files"
      | "metadata"
      | "stream"
      | "ephemeralFor"
    >
  > {
  readonly chat: SlackChat;
  readonly author: SlackAuthor;
  readonly text: string;
}

/** What an edit changes; Slack marks it as edited only when `isEdit`. */
export interface SlackMessageChange
  extends Partial<Pick<SlackMessage, "text" | "blocks" | "attachments" | "metadata" | "files" | "stream">> {
  readonly isEdit: boolean;
}

/** Everything one simulated workspace remembers. */
export interface SlackState extends SlackPeople, FileStore {
  /** The next time of Slack's, for things that happen. */
  nextTs(): string;
  post(draft: NewSlackMessage): SlackMessage;
  revise(message: SlackMessage, change: SlackMessageChange): SlackMessage;
  remove(message: SlackMessage): SlackMessage;
  /** Undefined when the person has reacted so already. */
  react(message: SlackMessage, name: string, userId: string): SlackMessage | undefined;
  /** Undefined when there is nothing to take back. */
  unreact(message: SlackMessage, name: string, userId: string): SlackMessage | undefined;
  /** Whether a message takes more text: Slack ends a stream by itself after five minutes. */
  isStreaming(message: SlackMessage): boolean;
  /** A message that is not deleted. */
  findMessage(channel: string, ts: string): SlackMessage | undefined;
  /** A message that is not deleted, or of which a thread is left. */
  findThread(channel: string, ts: string): SlackMessage | undefined;
  /** @throws MioError `simulator.unknown_target` */
  getMessage(channel: string, ts: string): SlackMessage;
  messages(channel: string): readonly SlackMessage[];
  replies(channel: string, threadTs: string): readonly SlackMessage[];
  allMessages(): Iterable<SlackMessage>;
}

export function createSlackState(options: {
  readonly teamId: string;
  readonly nextId: NextId;
  readonly clock: Clock;
  readonly events: WritableEventLog<SlackEvent>;
  readonly maxMessages: number;
}): SlackState {
  const { clock, events } = options;
  const people = createSlackPeople(options.nextId);
  const nextTs = createNextTs(clock.now);
  const store = createMessageStore(options.maxMessages);

  const put = (type: MessageEventType, message: SlackMessage): SlackMessage => {
    store.put(message);
    events.append({ type, message });
    return message;
  };
  const findMessage = (channel: string, ts: string): SlackMessage | undefined => {
    const message = store.get(channel, ts);
    return message?.deletedAt === undefined ? message : undefined;
  };
  const replies = (channel: string, threadTs: string): readonly SlackMessage[] =>
    store.inThread(channel, threadTs).filter(({ deletedAt }) => deletedAt === undefined);

  return {
    ...people,
    ...createFileStore(options.nextId, clock.now),
    nextTs,
    post(draft) {
      return put(
        "message.posted",
        toMessage(draft, { teamId: options.teamId, ts: nextTs(), at: clock.now() }),
      );
    },
    revise(message, { isEdit, ...change }) {
      const text = change.text ?? message.text;
      const revisions = isEdit
        ? [...message.revisions, { text, at: clock.now() }].slice(-100)
        : message.revisions;
      const editedTs = isEdit ? nextTs() : message.editedTs;
      return put("message.edited", { ...message, ...change, revisions, editedTs });
    },
    remove: (message) => put("message.deleted", { ...message, deletedAt: clock.now() }),
    react(message, name, userId) {
      const reactions = addReaction(message.reactions, name, userId);
      return reactions && put("message.reacted", { ...message, reactions });
    },
    unreact(message, name, userId) {
      const reactions = removeReaction(message.reactions, name, userId);
      return reactions && put("message.reacted", { ...message, reactions });
    },
    isStreaming: ({ stream, postedAt }) =>
      stream?.isOpen === true && clock.now().getTime() - postedAt.getTime() < maxStreamMs,
    findMessage,
    findThread(channel, ts) {
      const message = store.get(channel, ts);
      const isGone = message?.deletedAt !== undefined && replies(channel, ts).length === 0;
      return isGone ? undefined : message;
    },
    getMessage(reference, ts) {
      const message = findMessage(people.getChat(reference).id, ts);
      if (message) return message;
      throw new MioError("simulator.unknown_target", `No message of ${reference} has the ts ${ts}.`);
    },
    messages: store.inChannel,
    replies,
    allMessages: store.all,
  };
}

type MessageEventType = Extract<SlackEvent, { readonly message: SlackMessage }>["type"];

function toMessage(
  { chat, ...draft }: NewSlackMessage,
  identity: { readonly teamId: string; readonly ts: string; readonly at: Date },
): SlackMessage {
  return {
    threadTs: undefined,
    isBroadcast: false,
    subtype: undefined,
    clientMsgId: undefined,
    blocks: [],
    attachments: [],
    files: [],
    metadata: undefined,
    stream: undefined,
    ephemeralFor: undefined,
    ...draft,
    teamId: identity.teamId,
    channel: chat.id,
    ts: identity.ts,
    postedAt: identity.at,
    revisions: [{ text: draft.text, at: identity.at }],
    editedTs: undefined,
    deletedAt: undefined,
    reactions: [],
  };
}

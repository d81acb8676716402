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

/** Not documented. Slack ends streams after this time in practice. */
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

/** The fields that change. Slack marks the message as edited only if `isEdit` is true. */
export interface SlackMessageChange
  extends Partial<Pick<SlackMessage, "text" | "blocks" | "attachments" | "metadata" | "files" | "stream">> {
  readonly isEdit: boolean;
}

/** The state of one simulated workspace. */
export interface SlackState extends SlackPeople, FileStore {
  /** The next unique time, in Slack's form. */
  nextTs(): string;
  post(draft: NewSlackMessage): SlackMessage;
  revise(message: SlackMessage, change: SlackMessageChange): SlackMessage;
  remove(message: SlackMessage): SlackMessage;
  /** Undefined when the person already has this reaction. */
  react(message: SlackMessage, name: string, userId: string): SlackMessage | undefined;
  /** Undefined when the person does not have this reaction. */
  unreact(message: SlackMessage, name: string, userId: string): SlackMessage | undefined;
  /** Whether text can be appended to the message. Slack ends streams after five minutes. */
  isStreaming(message: SlackMessage): boolean;
  /** Finds a message that is not deleted. */
  findMessage(channel: string, ts: string): SlackMessage | undefined;
  /** Finds a message that is not deleted, or that still has replies. */
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

import { MioError } from "@mio/failure";
import type { SimulatorClock } from "../../http/clock.ts";
import type { WritableEventLog } from "../../http/event-log.ts";
import { compareTs, createNextTs, type NextId } from "../identifiers.ts";
import type { SlackAuthor, SlackChat, SlackMessage, SlackReaction } from "../model.ts";
import type { SlackEvent } from "../traffic.ts";
import { createFileCabinet, type FileCabinet } from "./file-cabinet.ts";
import { createSlackPeople, type SlackPeople } from "./people.ts";

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
      | "ephemeralFor"
    >
  > {
  readonly chat: SlackChat;
  readonly author: SlackAuthor;
  readonly text: string;
}

/** What an edit changes; Slack marks it as edited only when `isEdit`. */
export interface SlackMessageChange
  extends Partial<Pick<SlackMessage, "text" | "blocks" | "attachments" | "metadata" | "files">> {
  readonly isEdit: boolean;
}

/** Everything one simulated workspace remembers. */
export interface SlackState extends SlackPeople, FileCabinet {
  /** The next time of Slack's, for things that happen. */
  nextTs(): string;
  post(draft: NewSlackMessage): SlackMessage;
  revise(message: SlackMessage, change: SlackMessageChange): SlackMessage;
  remove(message: SlackMessage): SlackMessage;
  /** Undefined when the person has reacted so already. */
  react(message: SlackMessage, name: string, userId: string): SlackMessage | undefined;
  /** Undefined when there is nothing to take back. */
  unreact(message: SlackMessage, name: string, userId: string): SlackMessage | undefined;
  /** A message that is not deleted. */
  findMessage(channel: string, ts: string): SlackMessage | undefined;
  /** @throws MioError `simulator.unknown_target` */
  getMessage(channel: string, ts: string): SlackMessage;
  messages(channel: string): readonly SlackMessage[];
  replies(channel: string, threadTs: string): readonly SlackMessage[];
  allMessages(): Iterable<SlackMessage>;
}

export function createSlackState(options: {
  readonly teamId: string;
  readonly nextId: NextId;
  readonly clock: SimulatorClock;
  readonly events: WritableEventLog<SlackEvent>;
  readonly maxMessages: number;
}): SlackState {
  const { clock, events } = options;
  const people = createSlackPeople(options.nextId);
  const nextTs = createNextTs(clock.now);
  const byKey = new Map<string, SlackMessage>();
  const ofChannel = new Map<string, Set<string>>();

  const put = (type: MessageEventType, message: SlackMessage): SlackMessage => {
    byKey.set(keyOf(message.channel, message.ts), message);
    events.append({ type, message });
    return message;
  };
  const evict = (): void => {
    const oldest = byKey.values().next().value;
    if (oldest === undefined) return;
    byKey.delete(keyOf(oldest.channel, oldest.ts));
    ofChannel.get(oldest.channel)?.delete(oldest.ts);
  };
  const findMessage = (channel: string, ts: string): SlackMessage | undefined => {
    const message = byKey.get(keyOf(channel, ts));
    return message?.deletedAt === undefined ? message : undefined;
  };
  const messages = (channel: string): readonly SlackMessage[] =>
    [...(ofChannel.get(channel) ?? [])].flatMap((ts) => byKey.get(keyOf(channel, ts)) ?? []);

  return {
    ...people,
    ...createFileCabinet(options.nextId, clock.now),
    nextTs,
    post(draft) {
      const posted = toMessage(draft, { teamId: options.teamId, ts: nextTs(), at: clock.now() });
      const known = ofChannel.get(draft.chat.id) ?? new Set<string>();
      ofChannel.set(draft.chat.id, known.add(posted.ts));
      put("message.posted", posted);
      if (byKey.size > options.maxMessages) evict();
      return posted;
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
    findMessage,
    getMessage(reference, ts) {
      const message = findMessage(people.getChat(reference).id, ts);
      if (message) return message;
      throw new MioError("simulator.unknown_target", `No message of ${reference} has the ts ${ts}.`);
    },
    messages,
    replies: (channel, threadTs) =>
      messages(channel)
        .filter((message) => message.threadTs === threadTs && message.deletedAt === undefined)
        .sort((left, right) => compareTs(left.ts, right.ts)),
    allMessages: () => byKey.values(),
  };
}

type MessageEventType = Extract<SlackEvent, { readonly message: SlackMessage }>["type"];

function keyOf(channel: string, ts: string): string {
  return `${channel}:${ts}`;
}

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

function addReaction(
  reactions: readonly SlackReaction[],
  name: string,
  userId: string,
): readonly SlackReaction[] | undefined {
  const known = reactions.find((reaction) => reaction.name === name);
  if (!known) return [...reactions, { name, userIds: [userId] }];
  if (known.userIds.includes(userId)) return undefined;
  return reactions.map((each) => (each === known ? { name, userIds: [...each.userIds, userId] } : each));
}

function removeReaction(
  reactions: readonly SlackReaction[],
  name: string,
  userId: string,
): readonly SlackReaction[] | undefined {
  const known = reactions.find((reaction) => reaction.name === name);
  if (!known?.userIds.includes(userId)) return undefined;
  return reactions
    .map((each) => (each === known ? { name, userIds: each.userIds.filter((id) => id !== userId) } : each))
    .filter(({ userIds }) => userIds.length > 0);
}

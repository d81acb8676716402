import type { SlackChat, SlackMessage } from "../model.ts";
import { mentions } from "../state/markup.ts";
import { type JsonObject, toMessageObject, type WritingContext } from "./message-object.ts";

/** An event of the Events API, without its `event_callback` envelope. */
export interface InnerEvent {
  readonly type: string;
  readonly channel: string;
  /** `ts` of the message concerned. */
  readonly ts: string;
  readonly body: JsonObject;
}

/** The conversation of an event, and what its JSON needs. */
export interface EventContext extends WritingContext {
  readonly chat: SlackChat;
}

/** A new message. A mention of the bot in a channel is a second event with the same `ts`. */
export function postedEvents(message: SlackMessage, context: EventContext): readonly InnerEvent[] {
  const { chat, bot, state } = context;
  const written = toMessageObject(message, context);
  const root = message.isBroadcast ? state.findThread(message.channel, message.threadTs ?? "") : undefined;
  const place = { channel: chat.id, event_ts: message.ts };
  const posted = {
    ...written,
    ...(root ? { root: toMessageObject(root, context) } : {}),
    ...place,
    channel_type: chat.kind,
  };
  const event = (body: JsonObject, type: string): InnerEvent => ({
    type,
    channel: chat.id,
    ts: message.ts,
    body,
  });
  const isMention =
    chat.kind !== "im" && message.author.kind === "user" && mentions(message.text, bot.userId);
  const { subtype: _, ...mention } = written;
  return [
    event(posted, "message"),
    ...(isMention ? [event({ ...mention, type: "app_mention", ...place }, "app_mention")] : []),
  ];
}

/** A changed message, even if the change is not visible. */
export function changedEvent(
  change: { readonly before: SlackMessage; readonly after: SlackMessage; readonly eventTs: string },
  context: EventContext,
): InnerEvent {
  const { before, after, eventTs } = change;
  const body = {
    type: "message",
    subtype: "message_changed",
    message: toMessageObject(after, context),
    previous_message: toMessageObject(before, context),
    channel: before.channel,
    hidden: true,
    ts: eventTs,
    event_ts: eventTs,
    channel_type: context.chat.kind,
  };
  return { type: "message", channel: before.channel, ts: before.ts, body };
}

/** A deleted message. The root of a thread with replies becomes a tombstone instead. */
export function deletedEvent(
  change: { readonly before: SlackMessage; readonly after: SlackMessage; readonly eventTs: string },
  context: EventContext,
): InnerEvent {
  const { before, eventTs } = change;
  if (context.state.replies(before.channel, before.ts).length > 0) return changedEvent(change, context);
  const body = {
    type: "message",
    subtype: "message_deleted",
    previous_message: toMessageObject(before, context),
    channel: before.channel,
    hidden: true,
    deleted_ts: before.ts,
    event_ts: eventTs,
    ts: eventTs,
    channel_type: context.chat.kind,
  };
  return { type: "message", channel: before.channel, ts: before.ts, body };
}

export function reactionEvent(
  reaction: {
    readonly type: "reaction_added" | "reaction_removed";
    readonly message: SlackMessage;
    readonly userId: string;
    readonly name: string;
    readonly eventTs: string;
  },
  { chat }: EventContext,
): InnerEvent {
  const { type, message, userId, name, eventTs } = reaction;
  const body = {
    type,
    user: userId,
    reaction: name,
    item: { type: "message", channel: chat.id, ts: message.ts },
    item_user: message.author.id,
    event_ts: eventTs,
  };
  return { type, channel: chat.id, ts: message.ts, body };
}

/** Joining a channel causes two events: one for the member and one for the message about it. */
export function joinedEvents(message: SlackMessage, context: EventContext): readonly InnerEvent[] {
  const { chat, team } = context;
  const body = {
    type: "member_joined_channel",
    user: message.author.id,
    channel: chat.id,
    channel_type: chat.kind === "group" ? "G" : "C",
    team: team.id,
    event_ts: message.ts,
  };
  return [
    { type: "member_joined_channel", channel: chat.id, ts: message.ts, body },
    ...postedEvents(message, context),
  ];
}

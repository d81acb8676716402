import { toMessageObject } from "../events/message-object.ts";
import { microsOf } from "../identifiers.ts";
import type { SlackChat, SlackMessage } from "../model.ts";
import { type Answer, no, ok, refuse } from "./answer.ts";
import { type Call, ownChat, required, visibleChat } from "./call.ts";

const defaultLimit = 100;
const maxLimit = 999;

/** The messages of the channel itself, newest first. Includes only the replies that were broadcast to it. */
export function listHistory(call: Call): Answer {
  const chat = ownChat(call, required(call, "channel"));
  const { state } = call.core;
  const isHere = ({ threadTs, isBroadcast }: SlackMessage): boolean => threadTs === undefined || isBroadcast;
  const all = state.messages(chat.id).filter((message) => isHere(message) && isShown(call, message));
  return page(call, all.toReversed().filter(inRange(call)));
}

/** A thread, oldest message first. If `ts` names a reply, only that reply. */
export function listReplies(call: Call): Answer {
  const { state } = call.core;
  const chat = ownChat(call, required(call, "channel"));
  const root = state.findThread(chat.id, required(call, "ts"));
  if (!root || !isShown(call, root)) return no("thread_not_found");
  if (root.threadTs !== undefined) return page(call, [root]);
  const replies = state.replies(chat.id, root.ts).filter((reply) => isShown(call, reply));
  return page(call, [root, ...replies.filter(inRange(call))]);
}

export function showChat(call: Call): Answer {
  return ok({ channel: toChannelObject(call, visibleChat(call, required(call, "channel"))) });
}

/** Opens direct or group messages with `users`. */
export function openChat(call: Call): Answer {
  const { state } = call.core;
  const ids = required(call, "users").split(",");
  const users = ids.flatMap((id) => state.findUser(id.trim()) ?? []);
  const [first, ...others] = users;
  if (first === undefined || users.length < ids.length) return no("user_not_found");
  const chat = others.length === 0 ? state.ensureDm(first) : state.ensureGroup(users);
  return ok({ channel: { id: chat.id } });
}

export function listMembers(call: Call): Answer {
  const chat = ownChat(call, required(call, "channel"));
  return ok({ members: [...chat.memberIds, call.core.bot.userId], response_metadata: { next_cursor: "" } });
}

/** A deleted message appears as a tombstone while it has replies. */
function isShown({ core }: Call, { channel, ts, ephemeralFor }: SlackMessage): boolean {
  return ephemeralFor === undefined && core.state.findThread(channel, ts) !== undefined;
}

/** Excludes both borders unless `inclusive` is set. */
function inRange({ args }: Call): (message: SlackMessage) => boolean {
  const border = (name: string): number | undefined => {
    const ts = args.text(name);
    if (ts === undefined) return undefined;
    const micros = microsOf(ts);
    return Number.isNaN(micros) ? refuse(`invalid_ts_${name}`) : micros;
  };
  const [oldest, latest] = [border("oldest"), border("latest")];
  const slack = args.flag("inclusive") ? 0 : 1;
  return ({ ts }) => {
    const at = microsOf(ts);
    return (oldest === undefined || at >= oldest + slack) && (latest === undefined || at <= latest - slack);
  };
}

/** One page. The cursor is the last message of the previous page, so new messages do not shift it. */
function page(call: Call, found: readonly SlackMessage[]): Answer {
  const { core, args } = call;
  const limit = Math.min(args.number("limit") ?? defaultLimit, maxLimit);
  if (limit < 1) refuse("invalid_limit");
  const cursor = args.text("cursor");
  const after = cursor === undefined ? undefined : Buffer.from(cursor, "base64url").toString();
  const start = after === undefined ? 0 : found.findIndex(({ ts }) => `after:${ts}` === after) + 1;
  if (after !== undefined && start === 0) refuse("invalid_cursor");
  const shown = found.slice(start, start + limit);
  const hasMore = found.length > start + limit;
  const last = shown.at(-1);
  const nextCursor = hasMore && last ? Buffer.from(`after:${last.ts}`).toString("base64url") : "";
  const withMetadata = args.flag("include_all_metadata");
  const messages = shown.map((message) => ({
    ...toMessageObject(message, core.writing),
    ...(withMetadata && message.metadata !== undefined ? { metadata: message.metadata } : {}),
  }));
  return ok({ messages, has_more: hasMore, pin_count: 0, response_metadata: { next_cursor: nextCursor } });
}

function toChannelObject({ core }: Call, chat: SlackChat): object {
  const { id, kind, name, isArchived, hasBot, memberIds } = chat;
  const common = { id, is_archived: isArchived, is_im: kind === "im", context_team_id: core.team.id };
  if (kind === "im") return { ...common, user: memberIds[0], is_user_deleted: false };
  return {
    ...common,
    name,
    name_normalized: name,
    is_channel: kind === "channel",
    is_group: kind === "group",
    is_mpim: kind === "mpim",
    is_private: kind !== "channel",
    is_member: hasBot,
    is_general: name === "general",
    num_members: memberIds.length + (hasBot ? 1 : 0),
  };
}

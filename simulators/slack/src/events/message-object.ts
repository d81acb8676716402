import type { SlackBot, SlackFile, SlackMessage, SlackReaction, SlackTeam } from "../model.ts";
import { toRichText } from "../state/markup.ts";
import type { SlackState } from "../state/state.ts";

/** What message objects are made from. */
export interface WritingContext {
  readonly team: SlackTeam;
  readonly bot: SlackBot;
  readonly state: Pick<SlackState, "findThread" | "replies" | "isStreaming">;
  /** Origin of file URLs. */
  readonly origin: () => string;
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** The JSON of a message in events and history; a tombstone for a deleted one. */
export function toMessageObject(message: SlackMessage, context: WritingContext): JsonObject {
  if (message.deletedAt !== undefined) return toTombstone(message, context);
  const { subtype, clientMsgId, text, ts, editedTs, author, files, reactions, attachments } = message;
  return {
    ...(subtype === "bot_message" ? { username: author.name } : { user: author.id }),
    type: "message",
    ts,
    ...(clientMsgId === undefined ? {} : { client_msg_id: clientMsgId }),
    ...toBotFields(message, context),
    text,
    team: context.team.id,
    ...toBlocks(message),
    ...(attachments.length > 0 ? { attachments } : {}),
    ...toSubtype(message),
    ...toStreamFields(message, context),
    ...toThreadFields(message, context),
    ...(files.length > 0 ? { files: files.map((file) => toFileObject(file, context)), upload: false } : {}),
    ...(reactions.length > 0 ? { reactions: reactions.map(toReactionObject) } : {}),
    ...(editedTs === undefined ? {} : { edited: { user: author.botId ?? author.id, ts: editedTs } }),
  };
}

/** Stands in place of the deleted root of a thread. */
function toTombstone({ channel, ts }: SlackMessage, { state }: WritingContext): JsonObject {
  return {
    type: "message",
    subtype: "tombstone",
    user: "USLACKBOT",
    text: "This message was deleted.",
    hidden: true,
    ts,
    thread_ts: ts,
    reply_count: state.replies(channel, ts).length,
    is_locked: false,
  };
}

/** The file object in messages, `files.info` and a completed upload. */
export function toFileObject(file: SlackFile, { team, origin }: WritingContext): JsonObject {
  const created = Math.floor(file.createdAt.getTime() / 1_000);
  const name = encodeURIComponent(file.name);
  const place = `${origin()}/files-pri/${team.id}-${file.id}`;
  return {
    id: file.id,
    created,
    timestamp: created,
    name: file.name,
    title: file.title,
    mimetype: file.mime,
    filetype: file.name.includes(".") ? file.name.split(".").at(-1) : "binary",
    user: file.userId,
    user_team: team.id,
    editable: false,
    size: file.size,
    mode: "hosted",
    is_external: false,
    is_public: true,
    file_access: "visible",
    url_private: `${place}/${name}`,
    url_private_download: `${place}/download/${name}`,
    permalink: `https://${team.domain}.slack.com/files/${file.userId}/${file.id}/${name}`,
  };
}

function toBotFields({ author }: SlackMessage, { team }: WritingContext): JsonObject {
  const { botId, appId, name } = author;
  if (botId === undefined) return {};
  const profile = {
    id: botId,
    deleted: false,
    name,
    updated: 1_700_000_000,
    app_id: appId,
    team_id: team.id,
  };
  return { bot_id: botId, app_id: appId, bot_profile: profile };
}

function toBlocks({ blocks, author, text, clientMsgId, subtype }: SlackMessage): JsonObject {
  if (blocks.length > 0) return { blocks };
  if (author.kind !== "user" || text === "" || subtype === "channel_join") return {};
  const block = toRichText(text, (clientMsgId ?? "b").slice(0, 5));
  return block === undefined ? {} : { blocks: [block] };
}

function toStreamFields(message: SlackMessage, { state }: WritingContext): JsonObject {
  if (message.stream === undefined) return {};
  return { streaming_state: state.isStreaming(message) ? "in_progress" : "completed" };
}

function toSubtype({ subtype, isBroadcast }: SlackMessage): JsonObject {
  if (subtype !== undefined) return { subtype };
  return isBroadcast ? { subtype: "thread_broadcast" } : {};
}

function toThreadFields(message: SlackMessage, { state }: WritingContext): JsonObject {
  const { channel, threadTs, ts } = message;
  if (threadTs !== undefined) {
    const parent = state.findThread(channel, threadTs);
    const author = parent?.deletedAt === undefined ? parent?.author.id : "USLACKBOT";
    return { thread_ts: threadTs, ...(author === undefined ? {} : { parent_user_id: author }) };
  }
  const replies = state.replies(channel, ts);
  if (replies.length === 0) return {};
  const users = [...new Set(replies.map(({ author }) => author.id))];
  return {
    thread_ts: ts,
    reply_count: replies.length,
    reply_users_count: users.length,
    reply_users: users.slice(0, 5),
    latest_reply: replies.at(-1)?.ts,
    is_locked: false,
    subscribed: false,
  };
}

function toReactionObject({ name, userIds }: SlackReaction): JsonObject {
  return { name, users: userIds, count: userIds.length };
}

import { changedEvent, postedEvents } from "../events/inner-event.ts";
import type { SlackChat, SlackMessage, SlackMetadata, SlackStream } from "../model.ts";
import { markdownToMarkup } from "../state/markup.ts";
import { type Answer, missing, no, ok, refuse } from "./answer.ts";
import { type Call, messageOf, ownChat, required, writableChat } from "./call.ts";
import { withMetadata } from "./chat.ts";
import { readMetadata } from "./metadata.ts";

/** Limit for the whole text. Slack documents it for each call. */
const maxStreamLength = 12_000;

/**
 * Starts a message that grows, in a thread. In channels Slack requires a recipient.
 *
 * @see https://docs.slack.dev/reference/methods/chat.startStream
 */
export function startStream(call: Call): Answer {
  const { core, args } = call;
  const chat = writableChat(call, required(call, "channel"));
  const root = core.state.findThread(chat.id, required(call, "thread_ts"));
  if (!root || root.ephemeralFor) return no("thread_not_found");
  if (chat.kind !== "im") checkRecipient(call, chat);
  const markdown = args.text("markdown_text") ?? "";
  if (markdown.length > maxStreamLength) return no("msg_too_long");
  const message = core.state.post({
    chat,
    author: core.author,
    text: markdownToMarkup(markdown),
    stream: { markdown, isOpen: true },
    threadTs: root.threadTs ?? root.ts,
  });
  core.announcer.announceInBackground({
    about: message,
    events: (context) => postedEvents(message, context),
  });
  return ok({ channel: chat.id, ts: message.ts });
}

export function appendStream(call: Call): Answer {
  const { chat, message, stream } = openStream(call);
  const text = call.args.text("markdown_text");
  if (text === undefined) return missing("markdown_text");
  if (text.trim() === "") return no("no_text");
  grow(call, message, { stream, text });
  return ok({ channel: chat.id, ts: message.ts });
}

/** Appends the last piece, if any. Only this call takes metadata. */
export function stopStream(call: Call): Answer {
  const { core, args } = call;
  const { chat, message, stream } = openStream(call);
  const metadata = readMetadata(call);
  const after = grow(call, message, {
    stream,
    text: args.text("markdown_text") ?? "",
    metadata,
    isLast: true,
  });
  const eventTs = core.state.nextTs();
  core.announcer.announceInBackground({
    about: after,
    events: (context) => [changedEvent({ before: message, after, eventTs }, context)],
  });
  return ok({ channel: chat.id, ts: after.ts, message: withMetadata(call, after) });
}

function checkRecipient(call: Call, chat: SlackChat): void {
  const { core, args } = call;
  const userId = args.text("recipient_user_id") ?? refuse("missing_recipient_user_id");
  const teamId = args.text("recipient_team_id") ?? refuse("missing_recipient_team_id");
  if (teamId !== core.team.id) refuse("team_not_found");
  const user = core.state.findUser(userId);
  if (user === undefined || !chat.memberIds.includes(user.id)) refuse("user_not_found");
}

interface OpenStream {
  readonly chat: SlackChat;
  readonly message: SlackMessage;
  readonly stream: SlackStream;
}

/** The stream that a call names. A fault may end it just before the call. */
function openStream(call: Call): OpenStream {
  const { core, endsStream } = call;
  const chat = ownChat(call, required(call, "channel"));
  const message = messageOf(call, { chat, ts: required(call, "ts"), error: "message_not_found" });
  if (message.author.id !== core.bot.userId) refuse("message_not_owned_by_app");
  const { stream } = message;
  if (stream === undefined || !core.state.isStreaming(message)) refuse("message_not_in_streaming_state");
  if (endsStream !== undefined) {
    core.state.revise(message, { isEdit: false, stream: { ...stream, isOpen: false } });
    refuse(endsStream);
  }
  return { chat, message, stream };
}

interface Growth {
  readonly stream: SlackStream;
  readonly text: string;
  readonly metadata?: SlackMetadata | undefined;
  readonly isLast?: boolean;
}

function grow({ core }: Call, message: SlackMessage, growth: Growth): SlackMessage {
  const { stream, text, metadata, isLast = false } = growth;
  const markdown = stream.markdown + text;
  if (markdown.length > maxStreamLength) refuse("msg_too_long");
  return core.state.revise(message, {
    isEdit: false,
    text: markdownToMarkup(markdown),
    stream: { markdown, isOpen: !isLast },
    ...(metadata === undefined ? {} : { metadata }),
  });
}

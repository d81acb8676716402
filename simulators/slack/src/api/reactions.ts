import { reactionEvent } from "../events/inner-event.ts";
import type { SlackMessage } from "../model.ts";
import { type Answer, no, ok, refuse } from "./answer.ts";
import { type Call, messageOf, ownChat, required } from "./call.ts";

export function addReaction(call: Call): Answer {
  const { core } = call;
  const name = emojiOf(call);
  const message = target(call);
  const after = core.state.react(message, name, core.bot.userId);
  if (!after) return no("already_reacted");
  announce(call, { type: "reaction_added", message: after, name });
  return ok();
}

export function removeReaction(call: Call): Answer {
  const { core } = call;
  const name = emojiOf(call);
  const message = target(call);
  const after = core.state.unreact(message, name, core.bot.userId);
  if (!after) return no("no_reaction");
  announce(call, { type: "reaction_removed", message: after, name });
  return ok();
}

function emojiOf(call: Call): string {
  const name = required(call, "name").replace(/^:|:$/g, "");
  return /^[\p{Ll}\p{N}_+'-]+(?:::skin-tone-[2-6])?$/u.test(name) ? name : refuse("invalid_name");
}

function target(call: Call): SlackMessage {
  const { args } = call;
  const channel = args.text("channel");
  const ts = args.text("timestamp");
  if (channel === undefined || ts === undefined) return refuse("no_item_specified");
  const chat = ownChat(call, channel);
  if (!/^\d{1,10}\.\d{6}$/.test(ts)) refuse("bad_timestamp");
  const message = messageOf(call, { chat, ts, error: "message_not_found" });
  return message.ephemeralFor ? refuse("message_not_found") : message;
}

function announce(
  { core }: Call,
  {
    type,
    message,
    name,
  }: {
    readonly type: "reaction_added" | "reaction_removed";
    readonly message: SlackMessage;
    readonly name: string;
  },
): void {
  const eventTs = core.state.nextTs();
  const userId = core.bot.userId;
  core.announcer.announceInBackground({
    about: message,
    events: (context) => [reactionEvent({ type, message, userId, name, eventTs }, context)],
  });
}

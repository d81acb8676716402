import type { SlackChat, SlackMessage } from "../model.ts";
import type { Core } from "../workspace/core.ts";
import type { Answer } from "./answer.ts";
import { missing, Refusal, refuse } from "./answer.ts";
import type { Args } from "./args.ts";

/** One call of the app in a workspace. */
export interface Call {
  readonly core: Core;
  readonly args: Args;
  /** Set by a fault that ends the call's stream: the error word of Slack. */
  readonly endsStream?: string;
}

export type Handle = (call: Call) => Answer;

/** A required argument.
 *
 * @throws Refusal when it is missing */
export function required({ args }: Pick<Call, "args">, name: string): string {
  const value = args.text(name);
  if (value === undefined) throw new Refusal(missing(name));
  return value;
}

/** The conversation that an argument names, if the bot may see it. */
export function visibleChat(call: Call, reference: string): SlackChat {
  const chat = call.core.state.findChat(reference);
  // Slack hides private conversations from bots that are not in them.
  if (!chat || (!chat.hasBot && chat.kind !== "channel")) refuse("channel_not_found");
  return chat;
}

/** The conversation that an argument names, if the bot is a member. */
export function ownChat(call: Call, reference: string): SlackChat {
  const chat = visibleChat(call, reference);
  return chat.hasBot ? chat : refuse("not_in_channel");
}

/** The conversation to write to. `reference` is an id, a channel name, or a user, whose direct message is opened. */
export function writableChat(call: Call, reference: string): SlackChat {
  const { state } = call.core;
  const user = reference.startsWith("U") ? state.findUser(reference) : undefined;
  const chat = user ? state.ensureDm(user) : ownChat(call, reference);
  return chat.isArchived ? refuse("is_archived") : chat;
}

/** @throws Refusal with `error` */
export function messageOf(
  call: Call,
  { chat, ts, error }: { readonly chat: SlackChat; readonly ts: string; readonly error: string },
): SlackMessage {
  return call.core.state.findMessage(chat.id, ts) ?? refuse(error);
}

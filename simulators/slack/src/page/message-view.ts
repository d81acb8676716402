import {
  deliveryChips,
  fileView,
  type Html,
  html,
  type MessageActions,
  messageView,
  reactionChips,
} from "@mio/simulator-kit";
import type { SlackMessage } from "../model.ts";
import type { SlackDelivery } from "../traffic.ts";
import type { Core } from "../workspace/core.ts";
import { blocksView } from "./blocks-view.ts";
import { textView } from "./text-view.ts";

export interface MessageContext {
  readonly core: Core;
  readonly viewerId: string | undefined;
  readonly deliveries: readonly SlackDelivery[];
}

/** One message of the conversation. */
export function viewMessage(message: SlackMessage, context: MessageContext): Html {
  const { ts, threadTs, author, postedAt, deletedAt, revisions, ephemeralFor } = message;
  const isStreaming = context.core.state.isStreaming(message);
  return messageView({
    ...{ key: ts, author: author.name, postedAt, deletedAt, revisions },
    isPost: author.kind === "bot",
    isReply: threadTs !== undefined,
    tags: [...tagsOf(message), ...(isStreaming ? ["streaming…"] : [])],
    content: contentView(message, context),
    deliveries: deliveryList(context.deliveries),
    actions: ephemeralFor === undefined ? actionsOf(message, context) : undefined,
  });
}

function tagsOf({ author, ephemeralFor, isBroadcast }: SlackMessage): readonly string[] {
  return [
    ...(author.kind === "user" ? [] : ["app"]),
    ...(ephemeralFor === undefined ? [] : ["only you see this"]),
    ...(isBroadcast ? ["also in the channel"] : []),
  ];
}

/** Shows blocks instead of the text, as Slack does. */
function contentView(message: SlackMessage, { core }: MessageContext): Html {
  const { text, blocks, attachments, files, reactions } = message;
  return html`${blocks.length > 0 ? blocksView(blocks, core) : text !== "" && html`<p class="text">${textView(text, core)}</p>`}
    ${attachments.length > 0 && html`<pre class="rich">${JSON.stringify(attachments, null, 2)}</pre>`}
    ${files.map((file) => fileView({ ...file, url: `/files/${core.team.id}/${file.id}` }))}
    ${reactionChips(reactions.map(({ name, userIds }) => [`:${name}:`, userIds.length]))}`;
}

function deliveryList(deliveries: readonly SlackDelivery[]): Html | false {
  const chips = deliveries.map((delivery) => ({
    kind: delivery.kind,
    status: delivery.status,
    text: chipText(delivery),
    title: `${delivery.transport}, ${delivery.eventType}`,
  }));
  return chips.length > 0 && deliveryChips(chips);
}

function chipText({ transport, eventType, status, ms, kind, attempt, error }: SlackDelivery): string {
  const what = kind === "original" ? "" : kind === "retry" ? `retry ${attempt} ` : `${kind} `;
  const answer = transport === "socket" ? "acknowledged" : status;
  return `${eventType} ${what}${status === 0 ? (error ?? "no answer") : `${answer} · ${ms} ms`}`;
}

function actionsOf(
  { ts, author, reactions }: SlackMessage,
  { viewerId, deliveries }: MessageContext,
): MessageActions {
  const hasReacted = reactions.some(
    ({ name, userIds }) => name === "thumbsup" && userIds.some((id) => id === viewerId),
  );
  const own = [
    ["edit", "Edit"],
    ["remove", "Delete"],
  ] as const;
  const sent = [
    ["redeliver", "Send again"],
    ["forge", "Forge"],
  ] as const;
  const acts = [
    ["reply", "Reply"] as const,
    hasReacted ? (["unreact", "Take back 👍"] as const) : (["react", "👍"] as const),
    ...(author.kind === "user" && author.id === viewerId ? own : []),
    ...(deliveries.length > 0 ? sent : []),
  ];
  return { message: ts, acts };
}

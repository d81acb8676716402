import {
  deliveryChips,
  fileView,
  type Html,
  html,
  type MessageActions,
  messageView,
  reactionChips,
} from "@mio/simulator-kit";
import type { Delivery, SimMessage } from "../types.ts";
import { withMentions } from "./format.ts";
import { richView } from "./rich-view.ts";

export interface MessageContext {
  readonly viewerId: string | undefined;
  readonly deliveries: readonly Delivery[];
  readonly quoted: SimMessage | undefined;
}

/** One message of the conversation. */
export function viewMessage(message: SimMessage, { viewerId, deliveries, quoted }: MessageContext): Html {
  const { restId, author, postedAt, deletedAt, revisions } = message;
  const isPost = author.kind !== "user";
  return messageView({
    ...{ key: restId, author: author.name, isPost, postedAt, deletedAt, revisions },
    tags: isPost ? [author.kind === "bot" ? "bot" : "api"] : [],
    quote: quoted && quoteView(quoted),
    content: contentView(message),
    deliveries: !isPost && deliveryList(deliveries),
    actions: actionsOf(message, viewerId),
  });
}

function quoteView(quoted: SimMessage): Html {
  return html`<blockquote><strong>${quoted.author.name}</strong> ${withMentions(quoted.text, quoted)}</blockquote>`;
}

function contentView(message: SimMessage): Html {
  const { file, rich, text } = message;
  return html`${text !== "" && html`<p class="text">${withMentions(text, message)}</p>`}
    ${file && fileView({ ...file, url: `/files/${file.token}` })}
    ${Object.keys(rich).length > 0 && richView(message)}
    ${reactionChips(Object.entries(message.reactions).map(([emoji, ids]) => [emoji, ids.length]))}`;
}

function deliveryList(deliveries: readonly Delivery[]): Html {
  if (deliveries.length === 0) return html`<p class="deliveries"><span class="chip">not sent</span></p>`;
  return deliveryChips(
    deliveries.map((delivery) => ({
      kind: delivery.kind,
      status: delivery.status,
      text: chipText(delivery),
      title: `webhook, ${delivery.operation}`,
    })),
  );
}

function chipText({ status, ms, kind, operation, error }: Delivery): string {
  const what = kind === "original" ? (operation === "message_edited" ? "edit" : "") : kind;
  const outcome = status === 0 ? (error ?? "no answer") : `${status} · ${ms} ms`;
  return what === "" ? outcome : `${what} ${outcome}`;
}

function actionsOf({ id, author }: SimMessage, viewerId: string | undefined): MessageActions {
  const reply = ["reply", "Reply"] as const;
  if (author.kind !== "user") return { message: id, acts: [reply] };
  const own = [
    ["edit", "Edit"],
    ["remove", "Delete"],
  ] as const;
  const acts = [
    reply,
    ...(author.id === viewerId ? own : []),
    ["redeliver", "Send again"] as const,
    ["forge", "Forge"] as const,
  ];
  return { message: id, acts };
}

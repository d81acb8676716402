import {
  fileView,
  type Html,
  historyView,
  html,
  hueOf,
  initialsOf,
  timeOf,
  toneOf,
} from "@mio/simulator-kit";
import type { Delivery, SimMessage } from "../types.ts";
import { withMentions } from "./format.ts";
import { richView } from "./rich-view.ts";

export interface MessageContext {
  readonly viewerId: string | undefined;
  readonly deliveries: readonly Delivery[];
  readonly quoted: SimMessage | undefined;
}

/** One message in the conversation. The `id` attribute is what the page's script matches old and new by. */
export function messageView(message: SimMessage, context: MessageContext): Html {
  const { author, deletedAt } = message;
  const isPost = author.kind !== "user";
  return html`<li id="m-${message.restId}" class="message${isPost ? " post" : ""}${deletedAt ? " deleted" : ""}">
    <span class="avatar hue${hueOf(author.name)}" aria-hidden="true">${isPost ? "◆" : initialsOf(author.name)}</span>
    <div class="bubble">
      <header><strong>${author.name}</strong>${isPost && html`<span class="tag">${authorTag(message)}</span>`}
        ${timeOf(message.postedAt)}</header>
      ${context.quoted && quoteView(context.quoted)}
      ${deletedAt ? html`<p class="text"><em>deleted</em></p>` : contentView(message)}
      ${message.revisions.length > 1 && historyView(message)}
      ${!isPost && deliveryList(context.deliveries)}
    </div>
    ${!deletedAt && actionsView(message, context)}
  </li>`;
}

function authorTag(message: SimMessage): string {
  return message.author.kind === "bot" ? "bot" : "api";
}

function quoteView(quoted: SimMessage): Html {
  return html`<blockquote><strong>${quoted.author.name}</strong> ${withMentions(quoted.text, quoted)}</blockquote>`;
}

function contentView(message: SimMessage): Html {
  const { file, rich, text } = message;
  return html`${text !== "" && html`<p class="text">${withMentions(text, message)}</p>`}
    ${file && fileView({ ...file, url: `/files/${file.token}` })}
    ${Object.keys(rich).length > 0 && richView(message)}
    ${reactionsView(message)}`;
}

function reactionsView({ reactions }: SimMessage): Html | false {
  const entries = Object.entries(reactions);
  return (
    entries.length > 0 &&
    html`<p class="reactions">${entries.map(([emoji, ids]) => html`<span class="chip">${emoji} ${ids.length}</span>`)}</p>`
  );
}

function deliveryList(deliveries: readonly Delivery[]): Html {
  if (deliveries.length === 0) return html`<p class="deliveries"><span class="chip">not sent</span></p>`;
  const hidden = deliveries.length - 6;
  return html`<p class="deliveries">${deliveries
    .slice(-6)
    .map(
      (delivery) =>
        html`<span class="chip ${chipTone(delivery)}" title="webhook, ${delivery.operation}">${chipText(delivery)}</span>`,
    )}${hidden > 0 && html`<span class="chip">+${hidden}</span>`}</p>`;
}

/** A forged event must be refused, so for it the colours change sides. */
function chipTone({ kind, status }: Delivery): string {
  if (kind !== "forged") return toneOf(status);
  return status === 401 || status === 403 ? "good" : "bad";
}

function chipText({ status, ms, kind, operation, error }: Delivery): string {
  const what = kind === "original" ? (operation === "message_edited" ? "edit" : "") : kind;
  const outcome = status === 0 ? (error ?? "no answer") : `${status} · ${ms} ms`;
  return what === "" ? outcome : `${what} ${outcome}`;
}

function actionsView(message: SimMessage, { viewerId }: MessageContext): Html {
  const button = (act: string, label: string): Html =>
    html`<button type="button" data-act="${act}" data-message="${message.id}" id="${act}-${message.restId}">${label}</button>`;
  if (message.author.kind !== "user") return html`<div class="actions">${button("reply", "Reply")}</div>`;
  const isOwn = message.author.id === viewerId;
  return html`<div class="actions">${button("reply", "Reply")}${isOwn && button("edit", "Edit")}
    ${isOwn && button("remove", "Delete")}${button("redeliver", "Send again")}${button("forge", "Forge")}</div>`;
}

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

/** One message in the conversation. The `id` attribute is what the page's script matches old and new by. */
export function messageView(message: SlackMessage, context: MessageContext): Html {
  const { author, deletedAt, ts, threadTs } = message;
  const isPost = author.kind === "bot";
  const classes = ["message", isPost && "post", deletedAt && "deleted", threadTs && "reply"].filter(Boolean);
  return html`<li id="m-${ts}" class="${classes.join(" ")}">
    <span class="avatar hue${hueOf(author.name)}" aria-hidden="true">${isPost ? "◆" : initialsOf(author.name)}</span>
    <div class="bubble">
      <header><strong>${author.name}</strong>${tagsOf(message).map((tag) => html`<span class="tag">${tag}</span>`)}${context.core.state.isStreaming(message) && html`<span class="tag">streaming…</span>`}
        ${timeOf(message.postedAt)}</header>
      ${deletedAt ? html`<p class="text"><em>deleted</em></p>` : contentView(message, context)}
      ${message.revisions.length > 1 && historyView(message)}
      ${deliveryList(context.deliveries)}
    </div>
    ${!deletedAt && !message.ephemeralFor && actionsView(message, context)}
  </li>`;
}

function tagsOf({ author, ephemeralFor, isBroadcast }: SlackMessage): readonly string[] {
  return [
    ...(author.kind === "user" ? [] : ["app"]),
    ...(ephemeralFor === undefined ? [] : ["only you see this"]),
    ...(isBroadcast ? ["also in the channel"] : []),
  ];
}

/** Blocks are shown instead of the text, as Slack does. */
function contentView(message: SlackMessage, { core }: MessageContext): Html {
  const { text, blocks, attachments, files, reactions } = message;
  return html`${blocks.length > 0 ? blocksView(blocks, core) : text !== "" && html`<p class="text">${textView(text, core)}</p>`}
    ${attachments.length > 0 && html`<pre class="rich">${JSON.stringify(attachments, null, 2)}</pre>`}
    ${files.map((file) => fileView({ ...file, url: `/files/${core.team.id}/${file.id}` }))}
    ${
      reactions.length > 0 &&
      html`<p class="reactions">${reactions.map(
        ({ name, userIds }) => html`<span class="chip">:${name}: ${userIds.length}</span>`,
      )}</p>`
    }`;
}

function deliveryList(deliveries: readonly SlackDelivery[]): Html | false {
  const hidden = deliveries.length - 6;
  return (
    deliveries.length > 0 &&
    html`<p class="deliveries">${deliveries
      .slice(-6)
      .map(
        (delivery) =>
          html`<span class="chip ${chipTone(delivery)}" title="${delivery.transport}, ${delivery.eventType}">${chipText(delivery)}</span>`,
      )}${hidden > 0 && html`<span class="chip">+${hidden}</span>`}</p>`
  );
}

/** A forged event must be refused, so for it the colours change sides. */
function chipTone({ kind, status }: SlackDelivery): string {
  if (kind !== "forged") return toneOf(status);
  return status === 401 || status === 403 ? "good" : "bad";
}

function chipText({ transport, eventType, status, ms, kind, attempt, error }: SlackDelivery): string {
  const what = kind === "original" ? "" : kind === "retry" ? `retry ${attempt} ` : `${kind} `;
  const answer = transport === "socket" ? "acknowledged" : status;
  return `${eventType} ${what}${status === 0 ? (error ?? "no answer") : `${answer} · ${ms} ms`}`;
}

function actionsView(
  { ts, author, reactions }: SlackMessage,
  { viewerId, deliveries }: MessageContext,
): Html {
  const button = (act: string, label: string): Html =>
    html`<button type="button" data-act="${act}" data-message="${ts}" id="${act}-${ts}">${label}</button>`;
  const isOwn = author.kind === "user" && author.id === viewerId;
  const hasReacted = reactions.some(
    ({ name, userIds }) => name === "thumbsup" && userIds.some((id) => id === viewerId),
  );
  return html`<div class="actions">${button("reply", "Reply")}
    ${hasReacted ? button("unreact", "Take back 👍") : button("react", "👍")}
    ${isOwn && button("edit", "Edit")}${isOwn && button("remove", "Delete")}
    ${deliveries.length > 0 && html`${button("redeliver", "Send again")}${button("forge", "Forge")}`}</div>`;
}

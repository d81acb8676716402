import { hueOf, initialsOf, timeOf, toneOf } from "./format.ts";
import { type Html, html } from "./html.ts";
import { historyView } from "./message-parts.ts";

/** Deliveries shown below a message. */
const shownDeliveries = 6;

export interface MessageEntry {
  /** Part of the element ids by which the page's script matches old and new entries. */
  readonly key: string;
  readonly author: string;
  /** Whether an app posted it. */
  readonly isPost: boolean;
  readonly isReply?: boolean;
  /** Marks beside the author's name. */
  readonly tags: readonly string[];
  readonly postedAt: Date;
  readonly deletedAt: Date | undefined;
  readonly revisions: readonly { readonly text: string; readonly at: Date }[];
  readonly quote?: Html | undefined;
  readonly content: Html;
  readonly deliveries: Html | false;
  /** Undefined when nothing can be done with the message. */
  readonly actions: MessageActions | undefined;
}

export interface MessageActions {
  /** Id of the message in the control API. */
  readonly message: string;
  /** Names of acts with their labels. */
  readonly acts: readonly (readonly [act: string, label: string])[];
}

/** One message of the conversation. */
export function messageView(entry: MessageEntry): Html {
  const { key, author, isPost, isReply, tags, deletedAt, revisions, actions } = entry;
  const classes = ["message", isPost && "post", deletedAt && "deleted", isReply && "reply"].filter(Boolean);
  return html`<li id="m-${key}" class="${classes.join(" ")}">
    <span class="avatar hue${hueOf(author)}" aria-hidden="true">${isPost ? "◆" : initialsOf(author)}</span>
    <div class="bubble">
      <header><strong>${author}</strong>${tags.map((tag) => html`<span class="tag">${tag}</span>`)}
        ${timeOf(entry.postedAt)}</header>
      ${entry.quote}
      ${deletedAt ? html`<p class="text"><em>deleted</em></p>` : entry.content}
      ${revisions.length > 1 && historyView(entry)}
      ${entry.deliveries}
    </div>
    ${!deletedAt && actions && actionsView(key, actions)}
  </li>`;
}

function actionsView(key: string, { message, acts }: MessageActions): Html {
  const button = ([act, label]: readonly [string, string]): Html =>
    html`<button type="button" data-act="${act}" data-message="${message}" id="${act}-${key}">${label}</button>`;
  return html`<div class="actions">${acts.map(button)}</div>`;
}

/** One delivery of an event. */
export interface DeliveryChip {
  readonly kind: string;
  readonly status: number;
  readonly text: string;
  /** Tooltip. */
  readonly title: string;
}

/** The newest deliveries of a message's events, and the number of older ones. */
export function deliveryChips(deliveries: readonly DeliveryChip[]): Html {
  const hidden = deliveries.length - shownDeliveries;
  return html`<p class="deliveries">${deliveries
    .slice(-shownDeliveries)
    .map(
      (delivery) =>
        html`<span class="chip ${chipTone(delivery)}" title="${delivery.title}">${delivery.text}</span>`,
    )}${hidden > 0 && html`<span class="chip">+${hidden}</span>`}</p>`;
}

/** A forged event must be rejected, so a rejection is good. */
function chipTone({ kind, status }: DeliveryChip): string {
  if (kind !== "forged") return toneOf(status);
  return status === 401 || status === 403 ? "good" : "bad";
}

/** Reactions with their counts. */
export function reactionChips(reactions: readonly (readonly [name: string, count: number])[]): Html | false {
  return (
    reactions.length > 0 &&
    html`<p class="reactions">${reactions.map(([name, count]) => html`<span class="chip">${name} ${count}</span>`)}</p>`
  );
}

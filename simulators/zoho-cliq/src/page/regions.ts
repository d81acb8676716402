import { faultList, type Html, html, hueOf, initialsOf, timeOf, toneOf } from "@mio/simulator-kit";
import type { FaultName } from "../faults.ts";
import type { CliqState } from "../state.ts";
import type { Controlled, SimChat, SimUser } from "../types.ts";
import { messageView } from "./message-view.ts";

const shownMessages = 150;
const shownCalls = 60;

export interface View {
  readonly simulator: Controlled;
  readonly state: CliqState;
  readonly chat: SimChat | undefined;
  readonly viewer: SimUser | undefined;
}

/** The parts of the page that change, by the id of the list they fill. */
export function regions(view: View): Readonly<Record<string, Html>> {
  return {
    chats: chatList(view),
    messages: conversation(view),
    faults: html`${faultList(faultHelp, view.simulator.faults.active())}`,
    calls: callList(view),
    counters: counterList(view),
  };
}

function chatList({ simulator, chat, viewer }: View): Html {
  const entry = (each: SimChat): Html => {
    const as = each.userId ?? viewer?.id;
    const query = new URLSearchParams({ chat: each.id, ...(as === undefined ? {} : { as }) });
    const last = simulator.messages(each.id).at(-1);
    return html`<li id="c-${each.id}"><a href="/?${query.toString()}"${each === chat && html` aria-current="page"`}>
      ${markOf(each)}<span><b>${each.kind === "channel" ? each.name : each.title}</b>
      <small>${last ? last.text.slice(0, 60) || "file" : "nothing yet"}</small></span></a></li>`;
  };
  const chats = simulator.chats();
  const threads = chats.filter(({ kind }) => kind === "thread");
  const heading = (id: string, text: string): Html => html`<li id="${id}" class="heading">${text}</li>`;
  return html`${heading("h-channels", "Channels")}${chats.filter(({ kind }) => kind === "channel").map(entry)}
    ${threads.length > 0 && html`${heading("h-threads", "Threads")}${threads.map(entry)}`}
    ${heading("h-dms", "Direct messages with the bot")}${chats.filter(({ kind }) => kind === "dm").map(entry)}`;
}

function markOf({ kind, title }: SimChat): Html {
  switch (kind) {
    case "channel":
      return html`<span class="avatar hash" aria-hidden="true">#</span>`;
    case "thread":
      return html`<span class="avatar hash" aria-hidden="true">↳</span>`;
    case "dm":
      return html`<span class="avatar hue${hueOf(title)}" aria-hidden="true">${initialsOf(title)}</span>`;
  }
}

function conversation({ simulator, state, chat, viewer }: View): Html {
  const messages = chat ? simulator.messages(chat.id).slice(-shownMessages) : [];
  if (messages.length === 0) return html`<li id="m-none" class="empty">Nothing has been said here yet.</li>`;
  const deliveries = Map.groupBy(simulator.deliveries(), ({ messageId }) => messageId);
  return html`${messages.map((message) =>
    messageView(message, {
      viewerId: viewer?.id,
      deliveries: deliveries.get(message.id) ?? [],
      quoted: message.replyToId === undefined ? undefined : state.findMessage(message.replyToId),
    }),
  )}`;
}

const faultHelp: Readonly<Record<FaultName, string>> = {
  rate_limited: "429 with Retry-After: 2",
  throttle400: "400, Cliq's own throttle",
  server_error: "500",
  slow: "answers 2 s late",
  unauthorized_once: "401 once, token still good",
  drop_response: "does it, then hangs up",
  late_answer: "does it, answers a minute late",
  refuse_connections: "API port closed",
  login_page: "files answer an HTML login page",
  attachment_expired: "file links have expired",
  invalid_grant: "refresh token revoked",
  token_throttled: "too many token requests",
  expired_token: "tokens are dead on arrival",
  token_race: "two refreshes at once void the token",
  rotate_refresh_token: "each refresh replaces the refresh token",
  no_message_id: "posts answer without an id",
  duplicate_event: "webhook gets events twice",
  reorder: "webhook gets an event after the next one",
};

function callList({ simulator }: View): Html {
  const calls = simulator.calls().slice(-shownCalls).reverse();
  if (calls.length === 0) return html`<li id="a-none" class="empty">No API call yet.</li>`;
  return html`${calls.map(
    ({ method, path, status, ms, at, fault }, index) => html`<li id="a-${at.getTime()}-${index}">
      <span class="chip ${toneOf(status)}">${status === 0 ? "cut" : status}</span>
      <span class="call"><b>${method}</b> <code>${readable(path, simulator)}</code>
      <small>${timeOf(at)} · ${ms} ms${fault !== undefined && ` · ${fault.replaceAll("_", " ")}`}</small></span></li>`,
  )}`;
}

/** The path without its version, with names in place of ids nobody can read. */
function readable(path: string, simulator: Controlled): string {
  const short = path.replace(/^\/api\/v2\//, "").replace(/(attachments|files)\/[^?]+/, "$1/…");
  const titleOf = (id: string): string => simulator.chats().find((chat) => chat.id === id)?.title ?? id;
  return (
    short
      .replace(/^chats\/([^/?]+)/, (_, id: string) => `chats/${titleOf(id)}`)
      // regex: sees paths of calls that the simulator has served
      .replace(/(messages)\/\d{6,}(?:_|%20| )?\d*?(\d{4})(?=$|\?)/, "$1/…$2")
  );
}

function counterList({ simulator }: View): Html {
  const counts = Object.entries(simulator.counters()).filter(([name]) => name !== "other");
  return html`${counts.map(([name, count]) => html`<div id="n-${name}"><dt>${name}</dt><dd>${count}</dd></div>`)}`;
}

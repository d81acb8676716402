import { faultList, type Html, html, hueOf, initialsOf, timeOf, toneOf } from "@mio/simulator-kit";
import type { SlackFaultName } from "../faults.ts";
import { compareTs } from "../identifiers.ts";
import type { SlackChat, SlackMessage, SlackUser } from "../model.ts";
import type { SlackApiCall } from "../traffic.ts";
import type { Controlled } from "../types.ts";
import type { Core } from "../workspace/core.ts";
import { messageView } from "./message-view.ts";

const shownMessages = 150;
const shownCalls = 60;

export interface View {
  readonly simulator: Controlled;
  readonly core: Core;
  readonly chat: SlackChat | undefined;
  readonly viewer: SlackUser | undefined;
  /** Conversations that the viewer may see. */
  readonly open: readonly SlackChat[];
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

function chatList({ core, chat, viewer, open }: View): Html {
  const entry = (each: SlackChat): Html => {
    const query = new URLSearchParams({ team: core.team.id, chat: each.id, as: viewer?.id ?? "" });
    const last = core.state.messages(each.id).findLast((message) => isFor(message, viewer));
    return html`<li id="c-${each.id}"><a href="/?${query.toString()}"${each.id === chat?.id && html` aria-current="page"`}>
      ${markOf(each)}<span><b>${each.name}</b>
      <small>${last ? last.text.slice(0, 60) || "file" : "nothing yet"}</small></span></a></li>`;
  };
  const isChannel = ({ kind }: SlackChat): boolean => kind === "channel" || kind === "group";
  const heading = (id: string, text: string): Html => html`<li id="${id}" class="heading">${text}</li>`;
  return html`${heading("h-channels", "Channels")}${open.filter(isChannel).map(entry)}
    ${heading("h-dms", "Direct messages with the bot")}${open.filter((each) => !isChannel(each)).map(entry)}`;
}

function markOf({ kind, name }: SlackChat): Html {
  switch (kind) {
    case "channel":
      return html`<span class="avatar hash" aria-hidden="true">#</span>`;
    case "group":
      return html`<span class="avatar hash" aria-hidden="true">🔒</span>`;
    case "im":
    case "mpim":
      return html`<span class="avatar hue${hueOf(name)}" aria-hidden="true">${initialsOf(name)}</span>`;
  }
}

/** Threads stand below their first message. */
function conversation({ simulator, core, chat, viewer }: View): Html {
  const all = chat ? core.state.messages(chat.id) : [];
  const visible = all.filter((message) => isFor(message, viewer));
  const messages = visible.toSorted(byThread).slice(-shownMessages);
  if (messages.length === 0) return html`<li id="m-none" class="empty">Nothing has been said here yet.</li>`;
  const deliveries = Map.groupBy(simulator.deliveries(), ({ teamId, ts }) => `${teamId} ${ts}`);
  return html`${messages.map((message) =>
    messageView(message, {
      core,
      viewerId: viewer?.id,
      deliveries: deliveries.get(`${core.team.id} ${message.ts}`) ?? [],
    }),
  )}`;
}

function isFor({ ephemeralFor }: SlackMessage, viewer: SlackUser | undefined): boolean {
  return ephemeralFor === undefined || ephemeralFor === viewer?.id;
}

function byThread(left: SlackMessage, right: SlackMessage): number {
  const order = compareTs(left.threadTs ?? left.ts, right.threadTs ?? right.ts);
  return order === 0 ? compareTs(left.ts, right.ts) : order;
}

const faultHelp: Readonly<Record<SlackFaultName, string>> = {
  duplicate_event: "events twice, with a new event_id",
  reorder: "an event after the next one",
  lost_event: "only the retry arrives",
  half_open_socket: "one socket open and deaf",
  socket_close: "one socket cut",
  refresh_socket: "one socket asked to come again",
  rate_limited: "429 with Retry-After: 2",
  ok_false: "200, ok: false, internal_error",
  server_error: "500",
  slow: "answers 2 s late",
  drop_response: "does it, then hangs up",
  late_answer: "does it, answers a minute late",
  refuse_connections: "API port closed, sockets cut",
  login_page: "files answer an HTML login page",
  expired_token: "token_expired, whatever the token",
  invalid_auth: "invalid_auth, whatever the token",
  token_race: "a refresh token works once",
  stream_not_allowed: "no stream begins: missing_scope",
  stream_ended: "a stream ends before its next piece",
};

function callList({ simulator }: View): Html {
  const calls = simulator.calls().slice(-shownCalls).reverse();
  if (calls.length === 0) return html`<li id="a-none" class="empty">No API call yet.</li>`;
  return html`${calls.map(callView)}`;
}

function callView({ method, status, error, ms, at, fault }: SlackApiCall, index: number): Html {
  const tone = error === undefined ? toneOf(status) : "warn";
  return html`<li id="a-${at.getTime()}-${index}"><span class="chip ${tone}">${status === 0 ? "cut" : status}</span>
    <span class="call"><code>${method}</code>
    <small>${timeOf(at)} · ${ms} ms${error !== undefined && ` · ${error}`}${fault !== undefined && ` · ${fault.replaceAll("_", " ")}`}</small></span></li>`;
}

function counterList({ simulator }: View): Html {
  const counts = Object.entries(simulator.counters());
  return html`${counts.map(([name, count]) => html`<div id="n-${name}"><dt>${name}</dt><dd>${count}</dd></div>`)}`;
}

import {
  type CallEntry,
  type ChatEntry,
  type ChatGroup,
  type Html,
  html,
  type PageLists,
  pageLists,
  toneOf,
} from "@mio/simulator-kit";
import type { SlackFaultName } from "../faults.ts";
import { compareTs } from "../identifiers.ts";
import type { SlackChat, SlackMessage, SlackUser } from "../model.ts";
import type { SlackApiCall } from "../traffic.ts";
import type { Controlled } from "../types.ts";
import type { Core } from "../workspace/core.ts";
import { viewMessage } from "./message-view.ts";

const shownMessages = 150;

export interface View {
  readonly simulator: Controlled;
  readonly core: Core;
  readonly chat: SlackChat | undefined;
  readonly viewer: SlackUser | undefined;
  /** Conversations that the viewer may see. */
  readonly open: readonly SlackChat[];
}

/** The lists of the page for one person in one conversation. */
export function listsOf(view: View): PageLists {
  const { simulator } = view;
  return pageLists({
    chats: chatGroups(view),
    messages: conversation(view),
    faultHelp,
    faults: simulator.faults.active(),
    calls: simulator.calls().map(toCallEntry),
    counters: Object.entries(simulator.counters()),
  });
}

function chatGroups(view: View): readonly ChatGroup[] {
  const entries = (chats: readonly SlackChat[]): readonly ChatEntry[] =>
    chats.map((each) => toChatEntry(each, view));
  const isChannel = ({ kind }: SlackChat): boolean => kind === "channel" || kind === "group";
  const direct = view.open.filter((each) => !isChannel(each));
  return [
    { id: "h-channels", heading: "Channels", chats: entries(view.open.filter(isChannel)) },
    { id: "h-dms", heading: "Direct messages with the bot", chats: entries(direct) },
  ];
}

function toChatEntry({ id, kind, name }: SlackChat, { core, chat, viewer }: View): ChatEntry {
  const sign = { channel: "#", group: "🔒", im: undefined, mpim: undefined }[kind];
  return {
    ...{ id, name, isOpen: id === chat?.id },
    query: { team: core.team.id, chat: id, as: viewer?.id ?? "" },
    ...(sign === undefined ? {} : { sign }),
    last: core.state.messages(id).findLast((message) => isFor(message, viewer)),
  };
}

/** Replies follow the root of their thread. */
function conversation({ simulator, core, chat, viewer }: View): readonly Html[] {
  const all = chat ? core.state.messages(chat.id) : [];
  const visible = all.filter((message) => isFor(message, viewer));
  const messages = visible.toSorted(byThread).slice(-shownMessages);
  const deliveries = Map.groupBy(simulator.deliveries(), ({ teamId, ts }) => `${teamId} ${ts}`);
  return messages.map((message) =>
    viewMessage(message, {
      core,
      viewerId: viewer?.id,
      deliveries: deliveries.get(`${core.team.id} ${message.ts}`) ?? [],
    }),
  );
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
  half_open_socket: "one socket open, but silent",
  socket_close: "one socket cut",
  refresh_socket: "one socket asked to reconnect",
  rate_limited: "429 with Retry-After: 2",
  ok_false: "200, ok: false, internal_error",
  server_error: "500",
  slow: "answers 2 s late",
  drop_response: "does it, then hangs up",
  late_answer: "does it, answers a minute late",
  refuse_connections: "API port closed, sockets cut",
  login_page: "files answer an HTML login page",
  expired_token: "token_expired for every token",
  invalid_auth: "invalid_auth for every token",
  token_race: "a refresh token works once",
  stream_not_allowed: "streams do not start: missing_scope",
  stream_ended: "a stream ends before its next piece",
};

function toCallEntry({ method, status, error, ms, at, fault }: SlackApiCall): CallEntry {
  return {
    ...{ status, ms, at },
    what: html`<code>${method}</code>`,
    tone: error === undefined ? toneOf(status) : "warn",
    notes: [error, fault?.replaceAll("_", " ")],
  };
}

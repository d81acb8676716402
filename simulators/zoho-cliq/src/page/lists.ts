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
import type { FaultName } from "../faults.ts";
import type { CliqState } from "../state.ts";
import type { ApiCall, Controlled, SimChat, SimUser } from "../types.ts";
import { viewMessage } from "./message-view.ts";

const shownMessages = 150;

export interface View {
  readonly simulator: Controlled;
  readonly state: CliqState;
  readonly chat: SimChat | undefined;
  readonly viewer: SimUser | undefined;
}

/** The lists of the page for one person in one chat. */
export function listsOf(view: View): PageLists {
  const { simulator } = view;
  return pageLists({
    chats: chatGroups(view),
    messages: conversation(view),
    faultHelp,
    faults: simulator.faults.active(),
    calls: simulator.calls().map((call) => toCallEntry(call, simulator)),
    counters: Object.entries(simulator.counters()).filter(([name]) => name !== "other"),
  });
}

function chatGroups({ simulator, chat, viewer }: View): readonly ChatGroup[] {
  const entriesOf = (kind: SimChat["kind"]): readonly ChatEntry[] =>
    simulator
      .chats()
      .filter((each) => each.kind === kind)
      .map((each) => toChatEntry(each, { simulator, viewer, isOpen: each === chat }));
  const threads = entriesOf("thread");
  return [
    { id: "h-channels", heading: "Channels", chats: entriesOf("channel") },
    ...(threads.length > 0 ? [{ id: "h-threads", heading: "Threads", chats: threads }] : []),
    { id: "h-dms", heading: "Direct messages with the bot", chats: entriesOf("dm") },
  ];
}

function toChatEntry(
  { id, kind, name, title, userId }: SimChat,
  { simulator, viewer, isOpen }: Pick<View, "simulator" | "viewer"> & { readonly isOpen: boolean },
): ChatEntry {
  const as = userId ?? viewer?.id;
  const sign = { channel: "#", thread: "↳", dm: undefined }[kind];
  return {
    id,
    name: kind === "channel" ? name : title,
    query: { chat: id, ...(as === undefined ? {} : { as }) },
    isOpen,
    ...(sign === undefined ? {} : { sign }),
    last: simulator.messages(id).at(-1),
  };
}

function conversation({ simulator, state, chat, viewer }: View): readonly Html[] {
  const messages = chat ? simulator.messages(chat.id).slice(-shownMessages) : [];
  const deliveries = Map.groupBy(simulator.deliveries(), ({ messageId }) => messageId);
  return messages.map((message) =>
    viewMessage(message, {
      viewerId: viewer?.id,
      deliveries: deliveries.get(message.id) ?? [],
      quoted: message.replyToId === undefined ? undefined : state.findMessage(message.replyToId),
    }),
  );
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
  expired_token: "new tokens are already expired",
  token_race: "two refreshes at once revoke the token",
  rotate_refresh_token: "each refresh replaces the refresh token",
  no_message_id: "posts answer without an id",
  duplicate_event: "webhook gets events twice",
  reorder: "webhook gets an event after the next one",
};

function toCallEntry({ method, path, status, ms, at, fault }: ApiCall, simulator: Controlled): CallEntry {
  const what = html`<b>${method}</b> <code>${readable(path, simulator)}</code>`;
  return { what, status, tone: toneOf(status), ms, at, notes: [fault?.replaceAll("_", " ")] };
}

/** The path without its version, with names instead of ids. */
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

import { faultList, type SwitchedOn } from "./fault-list.ts";
import { hueOf, initialsOf, timeOf } from "./format.ts";
import { type Html, html } from "./html.ts";

/** Calls shown on the page. */
const shownCalls = 60;

/** The lists of the page that change, by element id. */
export type PageLists = Readonly<Record<"chats" | "messages" | "faults" | "calls" | "counters", Html>>;

export interface ChatGroup {
  /** Id of the heading, such as `h-channels`. */
  readonly id: string;
  readonly heading: string;
  readonly chats: readonly ChatEntry[];
}

export interface ChatEntry {
  readonly id: string;
  readonly name: string;
  /** Parameters of the link that opens it. */
  readonly query: Readonly<Record<string, string>>;
  readonly isOpen: boolean;
  /** Shown as the avatar; the default is the initials of the name. */
  readonly sign?: string;
  readonly last: { readonly text: string } | undefined;
}

export interface CallEntry {
  /** The call, as markup. */
  readonly what: Html;
  /** The HTTP status; 0 when the connection was cut instead. */
  readonly status: number;
  readonly tone: string;
  readonly ms: number;
  readonly at: Date;
  /** The error word and the fault, if any. */
  readonly notes: readonly (string | undefined)[];
}

/** Renders the lists. `calls` are oldest first. */
export function pageLists(content: {
  readonly chats: readonly ChatGroup[];
  readonly messages: readonly Html[];
  readonly faultHelp: Readonly<Record<string, string>>;
  readonly faults: readonly SwitchedOn[];
  readonly calls: readonly CallEntry[];
  readonly counters: readonly (readonly [name: string, count: number])[];
}): PageLists {
  return {
    chats: html`${content.chats.map(chatGroup)}`,
    messages: messageList(content.messages),
    faults: html`${faultList(content.faultHelp, content.faults)}`,
    calls: callList(content.calls.slice(-shownCalls).toReversed()),
    counters: html`${content.counters.map(counter)}`,
  };
}

function chatGroup({ id, heading, chats }: ChatGroup): Html {
  return html`<li id="${id}" class="heading">${heading}</li>${chats.map(chatEntry)}`;
}

function chatEntry({ id, name, query, isOpen, sign, last }: ChatEntry): Html {
  const mark = sign ?? initialsOf(name);
  const look = sign === undefined ? `hue${hueOf(name)}` : "hash";
  return html`<li id="c-${id}"><a href="/?${new URLSearchParams(query).toString()}"${isOpen && html` aria-current="page"`}>
      <span class="avatar ${look}" aria-hidden="true">${mark}</span><span><b>${name}</b>
      <small>${last ? last.text.slice(0, 60) || "file" : "nothing yet"}</small></span></a></li>`;
}

function messageList(messages: readonly Html[]): Html {
  if (messages.length === 0) return html`<li id="m-none" class="empty">No messages yet.</li>`;
  return html`${messages}`;
}

function callList(calls: readonly CallEntry[]): Html {
  if (calls.length === 0) return html`<li id="a-none" class="empty">No API call yet.</li>`;
  return html`${calls.map(callEntry)}`;
}

function callEntry({ what, status, tone, ms, at, notes }: CallEntry, index: number): Html {
  const shown = notes.map((note) => note !== undefined && ` · ${note}`);
  return html`<li id="a-${at.getTime()}-${index}"><span class="chip ${tone}">${status === 0 ? "cut" : status}</span>
    <span class="call">${what}
    <small>${timeOf(at)} · ${ms} ms${shown}</small></span></li>`;
}

function counter([name, count]: readonly [string, number]): Html {
  return html`<div id="n-${name}"><dt>${name}</dt><dd>${count}</dd></div>`;
}

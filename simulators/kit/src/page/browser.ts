// These functions run in the browser. The page contains their sources in one script, so they use each other and no import.
import type { PageDocument, PageElement, PageEventSource, PageFetch, PageFileReader } from "./dom.ts";
import type { PageBehaviour, PageTools } from "./page-behaviour.ts";

declare const document: PageDocument;
declare const fetch: PageFetch;
declare const location: { search: string };
declare const EventSource: new (url: string) => PageEventSource;
declare const FileReader: new () => PageFileReader;

/** Runs the page with the behaviour of its platform. */
export function startPage(behaviourOf: (tools: PageTools) => PageBehaviour): void {
  const reply = createReply();
  const behaviour = behaviourOf({
    data: document.body.dataset,
    user: () => chosenUser(),
    replyTo: reply.id,
    takeChecked,
    act,
    edit: openEditor,
  });
  followEvents();
  listenToComposer(behaviour, reply);
  listenToSwitches();
  listenToButtons(behaviour, reply);
  scrollToEnd();
}

export function byId(id: string): PageElement {
  const found = document.getElementById(id);
  if (found) return found;
  throw new Error(`The page has no #${id}.`);
}

export function chosenUser(): string {
  return byId("as").value;
}

export function takeChecked(id: string): boolean {
  const box = byId(id);
  const isChecked = box.checked;
  box.checked = false;
  return isChecked;
}

export function showStatus(text: string): void {
  byId("status").textContent = text;
}

export async function act(name: string, body: object): Promise<boolean> {
  const response = await fetch(`/sim/${name}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const { message = "" } = await response.json();
  showStatus(response.ok ? "" : message);
  return response.ok;
}

/** Parameters of the page's address. */
export function pageQuery(): string {
  const { team, chat } = document.body.dataset;
  const place = team === undefined ? {} : { team };
  return new URLSearchParams({ ...place, chat: chat ?? "", as: chosenUser() }).toString();
}

/** Patches a list entry by entry, so that focus, scroll position and open details stay. */
export function patchList(list: PageElement, markup: string): void {
  const template = document.createElement("template");
  template.innerHTML = markup;
  const entries = [...template.content.children];
  const wanted = new Set(entries.map(({ id }) => id));
  let at = list.firstElementChild;
  for (const fresh of entries) {
    while (at && !wanted.has(at.id)) at = removeEntry(at);
    const old = fresh.id === "" ? null : document.getElementById(fresh.id);
    if (!old) {
      list.insertBefore(fresh, at);
      continue;
    }
    if (old !== at) list.insertBefore(old, at);
    at = old.nextElementSibling;
    replaceEntry(old, fresh);
  }
  while (at) at = removeEntry(at);
}

/** Removes an entry and returns the next one. */
export function removeEntry(entry: PageElement): PageElement | null {
  const next = entry.nextElementSibling;
  entry.remove();
  return next;
}

export function replaceEntry(old: PageElement, fresh: PageElement): void {
  if (old.isEqualNode(fresh)) return;
  if (old.querySelector("details[open]")) fresh.querySelector("details")?.setAttribute("open", "");
  if (old.isEqualNode(fresh)) return;
  const { activeElement } = document;
  const focused = activeElement && old.contains(activeElement) ? activeElement.id : "";
  old.replaceWith(fresh);
  if (focused !== "") document.getElementById(focused)?.focus();
}

export async function refresh(): Promise<void> {
  const messages = byId("messages");
  const isAtEnd = messages.scrollHeight - messages.scrollTop - messages.clientHeight < 80;
  const response = await fetch(`/fragments?${pageQuery()}`);
  const lists = await response.json();
  for (const [id, markup] of Object.entries(lists)) patchList(byId(id), markup);
  if (isAtEnd) scrollToEnd();
}

export function scrollToEnd(): void {
  const messages = byId("messages");
  messages.scrollTop = messages.scrollHeight;
}

/** Refreshes the lists soon after an event, once for all events that arrive meanwhile. */
export function followEvents(): void {
  let isDue = false;
  const refreshSoon = (): void => {
    if (isDue) return;
    isDue = true;
    setTimeout(() => {
      isDue = false;
      refresh().catch(() => undefined);
    }, 40);
  };
  const events = new EventSource(`/sim/events?after=${document.body.dataset["seq"]}`);
  events.onmessage = refreshSoon;
  events.onerror = () => showStatus("The simulator does not answer. Retrying.");
  events.onopen = () => showStatus("");
}

/** The message that the next one answers, shown above the text box. */
export function createReply(): {
  readonly id: () => string | undefined;
  readonly set: (id?: string, text?: string) => void;
} {
  let answered: string | undefined;
  return {
    id: () => answered,
    set(id, text = "") {
      answered = id;
      const line = byId("replying");
      line.hidden = id === undefined;
      const quote = line.querySelector("q");
      if (quote) quote.textContent = text;
      byId("text").focus();
    },
  };
}

export function listenToComposer(behaviour: PageBehaviour, reply: ReturnType<typeof createReply>): void {
  const composer = byId("composer");
  const text = byId("text");
  composer.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(behaviour, reply).catch((error: unknown) => showStatus(String(error)));
  });
  text.addEventListener("input", fitComposer);
  byId("file").addEventListener("change", fitComposer);
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    composer.requestSubmit();
  });
  byId("as").addEventListener("change", () => {
    location.search = pageQuery();
  });
}

export async function submit(
  { sendText, sendFile }: PageBehaviour,
  reply: ReturnType<typeof createReply>,
): Promise<void> {
  const box = byId("text");
  const files = byId("file");
  const how = byId("how");
  const text = box.value.trim();
  const file = files.files?.[0];
  if (text === "" && !file) return;
  const common = { user: chosenUser(), delivery: deliveryOf(how.value) };
  const sent = file
    ? sendFile({ ...common, ...(await readUpload(file)), comment: text })
    : sendText({ ...common, text });
  box.value = "";
  files.value = "";
  how.value = "";
  fitComposer();
  reply.set();
  scrollToEnd();
  await sent;
}

export function deliveryOf(how: string): object {
  switch (how) {
    case "duplicate":
      return { duplicate: true };
    case "forged":
      return { forgedSignature: true };
    default:
      return {};
  }
}

export async function readUpload(file: File): Promise<{
  readonly name: string;
  readonly mime: string;
  readonly base64: string;
}> {
  const loaded = Promise.withResolvers<void>();
  const reader = new FileReader();
  reader.onload = () => loaded.resolve();
  reader.onerror = () => loaded.reject(reader.error);
  reader.readAsDataURL(file);
  await loaded.promise;
  const base64 = String(reader.result).split(",")[1] ?? "";
  return { name: file.name, mime: file.type || "application/octet-stream", base64 };
}

/** Fits the text box to its lines, and shows which file is attached. */
export function fitComposer(): void {
  const text = byId("text");
  text.rows = Math.min(8, text.value.split("\n").length);
  const file = byId("file").files?.[0];
  const shown = byId("status").textContent ?? "";
  if (file) showStatus(`Attached: ${file.name}`);
  else if (shown.startsWith("Attached")) showStatus("");
}

export function listenToSwitches(): void {
  const settings: Readonly<Record<string, object>> = {
    rate_limited: { retryAfterSeconds: 2 },
    slow: { ms: 2_000 },
  };
  document.addEventListener("change", ({ target }) => {
    const name = target.dataset["fault"];
    if (name === undefined) return;
    act("faults", target.checked ? { set: { name, ...settings[name] } } : { clear: name }).catch(
      () => undefined,
    );
  });
}

export function listenToButtons(behaviour: PageBehaviour, reply: ReturnType<typeof createReply>): void {
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-act]");
    if (!button) return;
    const { act: name = "", message } = button.dataset;
    if (name === "reply") reply.set(message, messageTextOf(button));
    else if (name === "cancel-reply") reply.set();
    else if (message === undefined) runPanelButton(name);
    else behaviour.change(name, message, messageTextOf(button));
  });
}

export function messageTextOf(button: PageElement): string {
  return button.closest(".message")?.querySelector(".text")?.textContent ?? "file";
}

export function runPanelButton(name: string): void {
  const done = name === "clear-faults" ? act("faults", { clear: true }) : expireTokens();
  done.catch(() => undefined);
}

export async function expireTokens(): Promise<void> {
  await act("expire-tokens", {});
  showStatus("All access tokens have expired.");
}

export function openEditor(text: string, save: (text: string) => unknown): void {
  const dialog = byId("editor");
  const area = byId("editor-text");
  area.value = text;
  dialog.onclose = () => {
    if (dialog.returnValue === "save") save(area.value);
  };
  dialog.returnValue = "";
  dialog.showModal();
}

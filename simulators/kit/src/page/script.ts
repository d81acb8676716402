/**
 * The script of every simulator's page. It posts acts to `/sim/*` and patches the lists when events arrive.
 * The script of the platform follows it and defines `send.text`, `send.file` and `change`.
 */
export const pageCore = `
const $ = (id) => document.getElementById(id);
const { team, chat, seq } = document.body.dataset;
const place = team ? { team, chat } : { chat };
const say = (text) => { $("status").textContent = text; };
let replyTo;

async function act(name, body) {
  const response = await fetch("/sim/" + name, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
  });
  const answer = await response.json();
  say(response.ok ? "" : answer.message);
  return response.ok;
}

// Lists are patched entry by entry, so that focus, scroll position and open details stay.
function patch(list, markup) {
  const template = document.createElement("template");
  template.innerHTML = markup;
  let at = list.firstElementChild;
  const wanted = new Set([...template.content.children].map((entry) => entry.id));
  for (const fresh of [...template.content.children]) {
    while (at && !wanted.has(at.id)) { const gone = at; at = at.nextElementSibling; gone.remove(); }
    const old = fresh.id && document.getElementById(fresh.id);
    if (!old) { list.insertBefore(fresh, at); continue; }
    if (old !== at) list.insertBefore(old, at);
    at = old.nextElementSibling;
    if (old.isEqualNode(fresh)) continue;
    const opened = old.querySelector("details[open]");
    const focused = old.contains(document.activeElement) && document.activeElement.id;
    if (opened) { fresh.querySelector("details")?.setAttribute("open", ""); if (old.isEqualNode(fresh)) continue; }
    old.replaceWith(fresh);
    if (focused) $(focused)?.focus();
  }
  while (at) { const gone = at; at = at.nextElementSibling; gone.remove(); }
}

const messages = $("messages");
const toEnd = () => { messages.scrollTop = messages.scrollHeight; };
async function refresh() {
  const atEnd = messages.scrollHeight - messages.scrollTop - messages.clientHeight < 80;
  const query = new URLSearchParams({ ...place, as: $("as").value });
  const lists = await (await fetch("/fragments?" + query)).json();
  for (const [id, markup] of Object.entries(lists)) patch($(id), markup);
  if (atEnd) toEnd();
}
let due;
const later = () => { due ??= setTimeout(() => { due = undefined; refresh().catch(() => {}); }, 40); };
const events = new EventSource("/sim/events?after=" + seq);
events.onmessage = later;
events.onerror = () => say("The simulator does not answer. Retrying.");
events.onopen = () => say("");

const toBase64 = (file) => new Promise((resolve, reject) => {
  const reader = new FileReader();
  reader.onload = () => resolve(String(reader.result).split(",")[1] ?? "");
  reader.onerror = () => reject(reader.error);
  reader.readAsDataURL(file);
});

function setReply(id, text) {
  replyTo = id;
  $("replying").hidden = !id;
  $("replying").querySelector("q").textContent = text ?? "";
  $("text").focus();
}

const deliveryOf = (how) => how === "duplicate" ? { duplicate: true } : how === "forged" ? { forgedSignature: true } : {};
$("composer").addEventListener("submit", async (event) => {
  event.preventDefault();
  const user = $("as").value, text = $("text").value.trim(), file = $("file").files[0];
  if (!text && !file) return;
  const delivery = deliveryOf($("how").value);
  const said = file
    ? send.file({ user, name: file.name, mime: file.type || "application/octet-stream", base64: await toBase64(file), comment: text, delivery })
    : send.text({ user, text, delivery });
  $("text").value = ""; $("file").value = ""; $("how").value = ""; fit(); setReply();
  toEnd();
  await said;
});
const fit = () => {
  const area = $("text");
  area.rows = Math.min(8, area.value.split("\\n").length);
  const file = $("file").files[0];
  if (file) say("Attached: " + file.name); else if ($("status").textContent.startsWith("Attached")) say("");
};
$("text").addEventListener("input", fit);
$("file").addEventListener("change", fit);
$("text").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  $("composer").requestSubmit();
});
$("as").addEventListener("change", () => { location.search = new URLSearchParams({ ...place, as: $("as").value }); });

const settings = { rate_limited: { retryAfterSeconds: 2 }, slow: { ms: 2000 } };
document.addEventListener("change", ({ target }) => {
  const name = target.dataset?.fault;
  if (name) act("faults", target.checked ? { set: { name, ...settings[name] } } : { clear: name });
});

document.addEventListener("click", ({ target }) => {
  const { act: name, message } = target.closest?.("[data-act]")?.dataset ?? {};
  if (!name) return;
  const text = target.closest(".message")?.querySelector(".text")?.textContent ?? "file";
  if (name === "reply") setReply(message, text);
  else if (name === "cancel-reply") setReply();
  else if (name === "clear-faults") act("faults", { clear: true });
  else if (name === "expire-tokens") act("expire-tokens", {}).then(() => say("All access tokens have expired."));
  else change(name, message, text);
});

function edit(text, save) {
  const dialog = $("editor");
  $("editor-text").value = text;
  dialog.onclose = () => { if (dialog.returnValue === "save") save($("editor-text").value); };
  dialog.returnValue = "";
  dialog.showModal();
}

toEnd();
`;

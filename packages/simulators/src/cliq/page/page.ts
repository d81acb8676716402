import { type Html, html, trusted } from "../../http/html.ts";
import { regions, type View } from "./regions.ts";
import { pageScript } from "./script.ts";
import { pageStyle } from "./style.ts";

const paperclip = `<svg aria-hidden="true" width="18" height="18" viewBox="0 0 24 24" fill="none" stroke="currentColor"
  stroke-width="2" stroke-linecap="round"><path d="m20 11-8.5 8.5a5 5 0 0 1-7-7L13 4a3.4 3.4 0 0 1 4.8 4.8l-8.4 8.4a1.7 1.7 0 0 1-2.4-2.4L14.5 7"/></svg>`;
const icon = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="9" fill="#4353d8"/><path d="m16 8 7 8-7 8-7-8z" fill="#fff"/></svg>',
)}`;

/** The whole page, complete without its script but for typing. */
export function page(view: View, nonce: string): Html {
  const { chat } = view;
  const lists = regions(view);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${chat ? `${chat.title} · ` : ""}Cliq simulator</title>
<link rel="icon" href="${icon}">
<style nonce="${nonce}">${trusted(pageStyle)}</style>
</head>
<body data-chat="${chat?.id}" data-kind="${chat?.kind}" data-seq="${view.simulator.events.lastSeq}">
<a class="skip" href="#composer">Skip to writing</a>
<nav class="side" aria-label="Chats">
  <div class="brand"><span class="logo" aria-hidden="true">◆</span><div><b>Cliq</b><small>simulator</small></div></div>
  <label class="field">You are <select id="as">${userOptions(view)}</select></label>
  <ul id="chats" class="chats" data-live>${lists["chats"]}</ul>
</nav>
<main>
  <header class="top"><h1>${chat?.kind === "dm" ? `${chat.title} and ${view.simulator.bot.name}` : (chat?.title ?? "No chat")}</h1>
    <p>${webhookLine(view)}</p></header>
  <ol id="messages" class="messages" role="log" aria-label="Messages" tabindex="0" data-live>${lists["messages"]}</ol>
  ${composer(view)}
</main>
<aside class="panel" aria-label="Platform">
  <section><h2>Faults <button type="button" data-act="clear-faults">Clear all</button></h2>
    <ul id="faults" class="faults" data-live>${lists["faults"]}</ul>
    <button type="button" class="wide" data-act="expire-tokens">Expire access tokens</button></section>
  <section class="log"><h2>API calls</h2><dl id="counters" class="counters" data-live>${lists["counters"]}</dl>
    <ol id="calls" class="calls" data-live>${lists["calls"]}</ol></section>
</aside>
<dialog id="editor" aria-labelledby="editor-title"><form method="dialog"><h2 id="editor-title">Edit message</h2>
  <textarea id="editor-text" rows="4" aria-label="New text" required></textarea>
  <div class="row"><button value="cancel" formnovalidate>Cancel</button><button class="primary" value="save">Save</button></div></form></dialog>
<script type="module" nonce="${nonce}">${trusted(pageScript)}</script>
</body>
</html>`;
}

function userOptions({ simulator, viewer }: View): readonly Html[] {
  return simulator
    .users()
    .map(
      ({ id, name }) => html`<option value="${id}"${id === viewer?.id && html` selected`}>${name}</option>`,
    );
}

function webhookLine({ simulator }: View): Html {
  if (simulator.webhookUrl === undefined)
    return html`<span class="chip warn">no webhook set: nothing is sent</span>`;
  return html`webhook <code>${simulator.webhookUrl}</code>`;
}

function composer({ chat, simulator }: View): Html {
  const hint = chat?.kind === "dm" ? "" : `, @${simulator.bot.uniqueName} mentions the bot`;
  return html`<form id="composer" class="composer">
  <p id="replying" hidden>Replying to <q></q> <button type="button" data-act="cancel-reply">Cancel</button></p>
  <label class="grow"><span class="hidden">Message</span><textarea id="text" rows="1" placeholder="Write a message${hint}"${!chat && html` disabled`}></textarea></label>
  <label class="button" title="Attach a file">${trusted(paperclip)}<span class="hidden">Attach a file</span><input type="file" id="file" class="hidden"></label>
  <select id="how" aria-label="How it is delivered"><option value="">once</option><option value="duplicate">twice</option><option value="forged">forged</option></select>
  <button class="primary">Send</button>
  <p id="status" role="status"></p>
</form>`;
}

import { type Html, html, trusted } from "./html.ts";
import type { PageLists } from "./lists.ts";
import type { PageBehaviour, PageTools } from "./page-behaviour.ts";
import { pageScript } from "./script.ts";
import { pageStyle } from "./style.ts";

const paperclip = `<svg aria-hidden="true" width="18" height="18" viewBox="0 0 24 24" fill="none" stroke="currentColor"
  stroke-width="2" stroke-linecap="round"><path d="m20 11-8.5 8.5a5 5 0 0 1-7-7L13 4a3.4 3.4 0 0 1 4.8 4.8l-8.4 8.4a1.7 1.7 0 0 1-2.4-2.4L14.5 7"/></svg>`;
const icon = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="9" fill="#4353d8"/><path d="m16 8 7 8-7 8-7-8z" fill="#fff"/></svg>',
)}`;

/** The parts of a page that depend on the platform. */
export interface PageContent {
  readonly platform: string;
  /** Undefined when no conversation exists. */
  readonly title: string | undefined;
  readonly heading: string;
  /** Where events go, shown below the heading. */
  readonly line: Html;
  /** Data attributes for the script: `chat`, `seq` and those of the platform. */
  readonly data: Readonly<Record<string, string | number | undefined>>;
  readonly viewers: readonly { readonly id: string; readonly name: string; readonly isChosen: boolean }[];
  readonly lists: PageLists;
  readonly hint: string;
  readonly replying: string;
  /** Controls beside the text box. */
  readonly options?: Html;
  readonly expire: string;
  /** The part of the script that depends on the platform. Must not use its module. */
  readonly behaviour: (tools: PageTools) => PageBehaviour;
}

/** A whole page. It can be read without its script. */
export function pageShell(content: PageContent, nonce: string): Html {
  const { platform, title, lists } = content;
  const data = Object.entries(content.data).map(([name, value]) => html` data-${name}="${value}"`);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title === undefined ? "" : `${title} · `}${platform} simulator</title>
<link rel="icon" href="${icon}">
<style nonce="${nonce}">${trusted(pageStyle)}</style>
</head>
<body${data}>
<a class="skip" href="#composer">Skip to the composer</a>
<nav class="side" aria-label="Chats">
  <div class="brand"><span class="logo" aria-hidden="true">◆</span><div><b>${platform}</b><small>simulator</small></div></div>
  <label class="field">You are <select id="as">${content.viewers.map(
    ({ id, name, isChosen }) => html`<option value="${id}"${isChosen && html` selected`}>${name}</option>`,
  )}</select></label>
  <ul id="chats" class="chats" data-live>${lists.chats}</ul>
</nav>
<main>
  <header class="top"><h1>${content.heading}</h1>
    <p>${content.line}</p></header>
  <ol id="messages" class="messages" role="log" aria-label="Messages" tabindex="0" data-live>${lists.messages}</ol>
  ${composer(content)}
</main>
<aside class="panel" aria-label="Platform">
  <section><h2>Faults <button type="button" data-act="clear-faults">Clear all</button></h2>
    <ul id="faults" class="faults" data-live>${lists.faults}</ul>
    <button type="button" class="wide" data-act="expire-tokens">${content.expire}</button></section>
  <section class="log"><h2>API calls</h2><dl id="counters" class="counters" data-live>${lists.counters}</dl>
    <ol id="calls" class="calls" data-live>${lists.calls}</ol></section>
</aside>
<dialog id="editor" aria-labelledby="editor-title"><form method="dialog"><h2 id="editor-title">Edit message</h2>
  <textarea id="editor-text" rows="4" aria-label="New text" required></textarea>
  <div class="row"><button value="cancel" formnovalidate>Cancel</button><button class="primary" value="save">Save</button></div></form></dialog>
<script type="module" nonce="${nonce}">${trusted(pageScript(content.behaviour))}</script>
</body>
</html>`;
}

function composer({ title, hint, replying, options }: PageContent): Html {
  return html`<form id="composer" class="composer">
  <p id="replying" hidden>${replying} <q></q> <button type="button" data-act="cancel-reply">Cancel</button></p>
  <label class="grow"><span class="hidden">Message</span><textarea id="text" rows="1" placeholder="Write a message${hint}"${title === undefined && html` disabled`}></textarea></label>
  <label class="button" title="Attach a file">${trusted(paperclip)}<span class="hidden">Attach a file</span><input type="file" id="file" class="hidden"></label>
  ${options}
  <select id="how" aria-label="Delivery"><option value="">once</option><option value="duplicate">twice</option><option value="forged">forged</option></select>
  <button class="primary">Send</button>
  <p id="status" role="status"></p>
</form>`;
}

import { type Html, html } from "@mio/simulator-kit";
import { unescapeMarkup } from "../state/markup.ts";
import type { Core } from "../workspace/core.ts";

/** Renders Slack's marks as names and links. */
export function textView(text: string, core: Core): readonly Html[] {
  return text.split(/(<[^<>\n]+>)/).map((part) => {
    const [, inner] = /^<([^<>\n]+)>$/.exec(part) ?? [];
    return inner === undefined ? html`${unescapeMarkup(part)}` : markView(inner, core);
  });
}

function markView(inner: string, { state, bot }: Core): Html {
  const [target = "", label] = inner.split("|");
  const shown = label === undefined ? undefined : unescapeMarkup(label);
  const mention = (name: string): Html => html`<span class="mention">${name}</span>`;
  if (target.startsWith("@")) {
    const id = target.slice(1);
    return mention(`@${id === bot.userId ? bot.name : (state.findUser(id)?.name ?? shown ?? id)}`);
  }
  if (target.startsWith("#")) return mention(`#${state.findChat(target.slice(1))?.name ?? shown ?? target}`);
  if (target.startsWith("!")) return mention(`@${shown ?? target.slice(1).split("^")[0]}`);
  if (!/^(?:https?|mailto):/.test(target)) return html`${shown ?? target}`;
  return html`<a href="${unescapeMarkup(target)}" rel="noreferrer">${shown ?? unescapeMarkup(target)}</a>`;
}

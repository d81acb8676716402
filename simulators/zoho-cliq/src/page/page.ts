import { type Html, html, type PageContent } from "@mio/simulator-kit";
import { cliqBehaviour } from "./behaviour.ts";
import { listsOf, type View } from "./lists.ts";

/** The page for one person in one chat. */
export function toPage(view: View): PageContent {
  const { chat, simulator, viewer } = view;
  return {
    platform: "Cliq",
    title: chat?.title,
    heading: chat?.kind === "dm" ? `${chat.title} and ${simulator.bot.name}` : (chat?.title ?? "No chat"),
    line: webhookLine(view),
    data: { chat: chat?.id, kind: chat?.kind, seq: simulator.events.lastSeq },
    viewers: simulator.users().map(({ id, name }) => ({ id, name, isChosen: id === viewer?.id })),
    lists: listsOf(view),
    hint: chat?.kind === "dm" ? "" : `, @${simulator.bot.uniqueName} mentions the bot`,
    replying: "Replying to",
    expire: "Expire access tokens",
    behaviour: cliqBehaviour,
  };
}

function webhookLine({ simulator }: View): Html {
  if (simulator.webhookUrl === undefined)
    return html`<span class="chip warn">no webhook set: no event is sent</span>`;
  return html`webhook <code>${simulator.webhookUrl}</code>`;
}

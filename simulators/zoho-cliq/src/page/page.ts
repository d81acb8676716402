import { type Html, html, pageShell } from "@mio/simulator-kit";
import { regions, type View } from "./regions.ts";
import { pageScript } from "./script.ts";

export function page(view: View, nonce: string): Html {
  const { chat, simulator, viewer } = view;
  const content = {
    platform: "Cliq",
    title: chat?.title,
    heading: chat?.kind === "dm" ? `${chat.title} and ${simulator.bot.name}` : (chat?.title ?? "No chat"),
    line: webhookLine(view),
    data: { chat: chat?.id, kind: chat?.kind, seq: simulator.events.lastSeq },
    viewers: simulator.users().map(({ id, name }) => ({ id, name, isChosen: id === viewer?.id })),
    lists: regions(view),
    hint: chat?.kind === "dm" ? "" : `, @${simulator.bot.uniqueName} mentions the bot`,
    replying: "Replying to",
    expire: "Expire access tokens",
    script: pageScript,
  };
  return pageShell(content, nonce);
}

function webhookLine({ simulator }: View): Html {
  if (simulator.webhookUrl === undefined)
    return html`<span class="chip warn">no webhook set: nothing is sent</span>`;
  return html`webhook <code>${simulator.webhookUrl}</code>`;
}

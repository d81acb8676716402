import { type Html, html, type PageContent } from "@mio/simulator-kit";
import type { SlackChat } from "../model.ts";
import { slackBehaviour } from "./behaviour.ts";
import { listsOf, type View } from "./lists.ts";

/** The page for one person in one conversation. */
export function toPage(view: View): PageContent {
  const { chat, core, simulator, viewer } = view;
  return {
    platform: "Slack",
    title: chat && titleOf(chat),
    heading: chat ? titleOf(chat) : "No conversation",
    line: transportLine(view),
    data: { team: core.team.id, chat: chat?.id, seq: simulator.events.lastSeq },
    viewers: core.state.users().map(({ id, name }) => ({ id, name, isChosen: id === viewer?.id })),
    lists: listsOf(view),
    hint: chat?.kind === "im" ? "" : `, @${core.bot.name.toLowerCase()} mentions the bot`,
    replying: "In the thread of",
    options: html`<label class="button"><input type="checkbox" id="broadcast"> also to the channel</label>`,
    expire: "Expire bot tokens",
    behaviour: slackBehaviour,
  };
}

function titleOf({ kind, name }: SlackChat): string {
  switch (kind) {
    case "channel":
      return `#${name}`;
    case "group":
      return `🔒 ${name}`;
    case "im":
      return `${name} and the bot`;
    case "mpim":
      return name;
  }
}

function transportLine({ simulator, core }: View): Html {
  const { transport, eventsUrl } = simulator;
  const teams = simulator.workspaces();
  const links =
    teams.length > 1 &&
    html` · ${teams.map(({ team }) => html`<a href="/?${new URLSearchParams({ team: team.id }).toString()}"${team.id === core.team.id && html` aria-current="page"`}>${team.name}</a> `)}`;
  if (transport === "socket") {
    const open = simulator.sockets().filter(({ teamId }) => teamId === core.team.id).length;
    return html`Socket Mode, <span class="chip ${open > 0 ? "good" : "warn"}">${open} open</span>${links}`;
  }
  if (eventsUrl === undefined)
    return html`<span class="chip warn">no events URL set: no event is sent</span>${links}`;
  return html`events to <code>${eventsUrl}</code>${links}`;
}

import type { SlackWorkspace } from "../types.ts";
import type { Controlled } from "./controlled.ts";

/** Everything a test in another process needs to find its way, as JSON. */
export function describeState(simulator: Controlled): object {
  const { apiBaseUrl, fileHost, oauth, signingSecret, transport, faults, events } = simulator;
  return {
    ...{ apiBaseUrl, fileHost, oauth, signingSecret, transport },
    eventsUrl: simulator.eventsUrl ?? null,
    workspaces: simulator.workspaces().map(describeWorkspace),
    sockets: simulator.sockets(),
    faults: faults.active(),
    counters: simulator.counters(),
    lastSeq: events.lastSeq,
  };
}

function describeWorkspace(workspace: SlackWorkspace): object {
  const { team, bot, botToken, appToken, refreshToken } = workspace;
  return {
    ...{ team, bot, botToken, appToken, refreshToken },
    chats: workspace.chats().map((chat) => ({ ...chat, messages: workspace.messages(chat.id).length })),
    users: workspace.users(),
  };
}

import type { Read } from "@mio/simulator-kit";
import { z } from "zod";
import type { Controlled, SlackWorkspace } from "../types.ts";
import { workspaceOf } from "./workspace-of.ts";

const place = z.object({ team: z.string().optional(), channel: z.string() });

/** The `GET /sim/…` that only Slack's simulator has. */
export const reads: Readonly<Record<string, Read<Controlled>>> = {
  state: describeState,
  posts: (simulator, query) => {
    const { team } = place.pick({ team: true }).parse(query);
    return { posts: workspaceOf(simulator, team).visiblePosts() };
  },
  sockets: (simulator) => ({ sockets: simulator.sockets() }),
  messages: (simulator, query) => {
    const { team, channel } = place.parse(query);
    return { messages: workspaceOf(simulator, team).messages(channel) };
  },
};

/** Addresses, credentials and state for tests in other processes. */
function describeState(simulator: Controlled): object {
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

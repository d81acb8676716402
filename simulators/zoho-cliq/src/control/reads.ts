import type { Read } from "@mio/simulator-kit";
import { z } from "zod";
import type { Controlled } from "../types.ts";

/** The `GET /sim/…` that only Cliq's simulator has. */
export const reads: Readonly<Record<string, Read<Controlled>>> = {
  state: describeState,
  posts: (simulator) => ({ posts: simulator.visiblePosts() }),
  messages: (simulator, query) => {
    const { chat } = z.object({ chat: z.string() }).parse(query);
    return { messages: simulator.messages(chat) };
  },
};

/** Addresses, credentials and state for tests in other processes. */
function describeState(simulator: Controlled): object {
  const { apiBaseUrl, oauthUrl, oauth, bot, organizationId, faults, events } = simulator;
  return {
    ...{ apiBaseUrl, oauthUrl, oauth, bot, organizationId },
    webhookUrl: simulator.webhookUrl ?? null,
    chats: simulator.chats().map((chat) => ({ ...chat, messages: simulator.messages(chat.id).length })),
    users: simulator.users(),
    faults: faults.active(),
    counters: simulator.counters(),
    lastSeq: events.lastSeq,
  };
}

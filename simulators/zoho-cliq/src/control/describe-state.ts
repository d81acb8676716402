import type { Controlled } from "./controlled.ts";

/** Everything a test in another process needs to find its way, as JSON. */
export function describeState(simulator: Controlled): object {
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

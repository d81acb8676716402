import type { AccountAccess, Sender } from "@mio/channel-kit";
import { refusal } from "../job/refusal.ts";
import type { SendingChannel } from "./open-channels.ts";

/** Clients kept at once; the one that was made first goes. */
const maxSenders = 10_000;

/** Keeps one client per account, since it keeps the account's token; a changed account gets a new one. */
export function createSenders(): (channel: SendingChannel, access: AccountAccess) => Sender {
  const senders = new Map<string, { readonly access: string; readonly sender: Sender }>();
  return (channel, access) => {
    const { accountId, externalId, attributes } = access;
    // Not the vault, which is always the account's own.
    const key = JSON.stringify([accountId, externalId, attributes]);
    const known = senders.get(access.accountId);
    if (known?.access === key) return known.sender;
    const sender = channel.outbound?.connect(access);
    if (sender === undefined) throw refusal("no_sender", `This pool cannot send on ${channel.channelType}.`);
    senders.delete(access.accountId);
    senders.set(access.accountId, { access: key, sender });
    for (const oldest of senders.keys()) {
      if (senders.size <= maxSenders) break;
      senders.delete(oldest);
    }
    return sender;
  };
}

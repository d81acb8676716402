import type { SendCommand } from "@mio/proto";
import type { Account } from "@mio/store";
import type { SendingChannel } from "../accounts/open-channels.ts";
import type { RateLimit } from "../rates/rate-limit.ts";

/** The rate a command is held to: the account's override, or what the channel advertises. */
export function rateLimitOf(
  command: SendCommand,
  { account, channel }: { readonly account: Account; readonly channel: SendingChannel },
): RateLimit {
  const { rateLimitPerSecond, rateLimitScope } = channel.capabilities;
  const override = account.rateLimitPerSecond ?? 0;
  const perConversation = (account.rateLimitScope ?? rateLimitScope) === "conversation";
  const place = command.conversationExternalId || command.conversationId;
  return {
    key: perConversation ? `${account.id}/${place}` : account.id,
    perSecond: override > 0 ? override : rateLimitPerSecond,
  };
}

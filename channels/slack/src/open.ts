import type { OpenChannel, WebhookInbound } from "@mio/channel-kit";
import { normalize } from "./normalize.ts";
import { parseBody } from "./payload.ts";
import type { Settings } from "./settings.ts";
import { verify } from "./verify.ts";

export interface Surroundings {
  readonly now: () => Date;
  readonly fetch?: typeof globalThis.fetch;
}

const sendingIsOff = "slack sends nothing: set SLACK_BOT_TOKEN, or keep a bot_token for each account.";

/** Binds the channel to its settings; no I/O. */
export function openSlack(settings: Settings, _surroundings: Surroundings): OpenChannel {
  return { webhook: inbound(settings), notes: [sendingIsOff] };
}

function inbound({ SLACK_BOT_MESSAGES: botMessages }: Settings): WebhookInbound {
  return {
    routeAliases: [],
    secretNames: ["slack-webhook-secret"],
    verify,
    read: (body, receivedAt) => normalize(parseBody(body), { receivedAt, botMessages }),
  };
}

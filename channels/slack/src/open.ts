import type { OpenChannel } from "@mio/channel-kit";
import type { Settings } from "./settings.ts";

export interface Surroundings {
  readonly now: () => Date;
  readonly fetch?: typeof globalThis.fetch;
}

const sendingIsOff = "slack sends nothing: set SLACK_BOT_TOKEN, or keep a bot_token for each account.";

/** Binds the channel to its settings; no I/O. */
export function openSlack(_settings: Settings, _surroundings: Surroundings): OpenChannel {
  return { notes: [sendingIsOff] };
}

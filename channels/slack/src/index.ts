import { type Channel, defineChannel } from "@mio/channel-kit";
import { capabilities } from "./capabilities.ts";
import { openSlack } from "./open.ts";
import { settings } from "./settings.ts";

export { attributeKeys } from "./identity/attribute-keys.ts";

/** Slack: Events API or Socket Mode in, Web API out. */
export const slack: Channel = defineChannel({
  channelType: "slack",
  capabilities,
  settings,
  accountSecrets: ["bot_token", "app_token", "refresh_token"],
  open: (values) => openSlack(values, { now: () => new Date() }),
});

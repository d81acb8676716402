import { type Channel, defineChannel } from "@mio/channel-kit";
import { conversationAddress } from "./address.ts";
import { capabilities } from "./capabilities.ts";
import { openZohoCliq } from "./open.ts";
import { settings } from "./settings.ts";

export { attributeKeys } from "./attributes.ts";

/** Zoho Cliq: signed webhooks in, REST API version 2 out. */
export const zohoCliq: Channel = defineChannel({
  channelType: "zoho_cliq",
  capabilities,
  settings,
  accountSecrets: ["refresh_token", "access_token", "api_domain"],
  conversationAddress,
  open: (values) => openZohoCliq(values, { now: () => new Date() }),
});

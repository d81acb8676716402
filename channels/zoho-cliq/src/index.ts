import { type Channel, defineChannel } from "@mio/channel-kit";
import { capabilities } from "./capabilities.ts";
import { conversationAddress } from "./identity/address.ts";
import { openZohoCliq } from "./open.ts";
import { settings } from "./settings.ts";

export { attributeKeys } from "./identity/attribute-keys.ts";

/** Zoho Cliq: signed webhooks in, REST API version 2 out. */
export const zohoCliq: Channel = defineChannel({
  channelType: "zoho_cliq",
  capabilities,
  settings,
  accountSecrets: ["refresh_token", "access_token", "api_domain"],
  conversationAddress,
  open: (values) => openZohoCliq(values, { now: () => new Date() }),
});

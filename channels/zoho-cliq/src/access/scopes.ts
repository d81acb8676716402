/** The scopes that this channel's calls need. Cliq spells the last ones in lower case. */
export const defaultScopes: readonly string[] = [
  "ZohoCliq.Webhooks.CREATE",
  "ZohoCliq.Channels.READ",
  "ZohoCliq.Channels.UPDATE",
  "ZohoCliq.Messages.CREATE",
  "ZohoCliq.Messages.READ",
  "ZohoCliq.Messages.UPDATE",
  "ZohoCliq.Messages.DELETE",
  "ZohoCliq.Attachments.READ",
  "ZohoCliq.messageactions.CREATE",
  "ZohoCliq.messageactions.DELETE",
];

/** The streams of Mio. Frozen by the consumer contract. */
export const streamNames = {
  inbound: "MESSAGES_INBOUND",
  attachments: "MESSAGES_ATTACHMENTS",
  enriched: "MESSAGES_INBOUND_ENRICHED",
  outbound: "MESSAGES_OUTBOUND",
  scheduled: "MESSAGES_SCHEDULED",
  deadLetters: "MESSAGES_DLQ",
  receipts: "MESSAGES_RECEIPTS",
} as const;

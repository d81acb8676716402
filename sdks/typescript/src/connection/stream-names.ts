/** Where agents read messages. Frozen by the consumer contract. */
export const inboundStream = "MESSAGES_INBOUND_ENRICHED";
/** Where agents put commands. Frozen by the consumer contract. */
export const outboundStream = "MESSAGES_OUTBOUND";
/** Where the ends of commands are announced. */
export const receiptStream = "MESSAGES_RECEIPTS";

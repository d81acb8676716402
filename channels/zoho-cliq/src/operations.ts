/** An edit, from the handler of channel traffic. */
export const editOperation = "message_edited";

/** A direct message to the bot, from its message handler. */
export const directOperation = "message";

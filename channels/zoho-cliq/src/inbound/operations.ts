/** A message in a channel, from the participation handler. */
export const sentOperation = "message_sent";

/** An edit, from the handler of channel traffic. */
export const editOperation = "message_edited";

/** A message that is gone, from the same. */
export const deleteOperation = "message_deleted";

/** A direct message to the bot, from its message handler. */
export const directOperation = "message";

/** What else the participation handler reports, and why Mio has no use for it. */
export const ignoredOperations: ReadonlyMap<string, "membership" | "thread_state"> = new Map([
  ["added", "membership"],
  ["removed", "membership"],
  ["added_in_thread", "membership"],
  ["removed_from_thread", "membership"],
  ["auto_followed_thread", "thread_state"],
  ["thread_closed", "thread_state"],
  ["thread_reopened", "thread_state"],
]);

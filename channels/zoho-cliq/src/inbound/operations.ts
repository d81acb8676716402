/** A message in a channel, from the participation handler. */
export const sentOperation = "message_sent";

/** An edit, from the handler of channel traffic. */
export const editOperation = "message_edited";

/** A deletion, from the same handler. */
export const deleteOperation = "message_deleted";

/** A direct message to the bot, from its message handler. */
export const directOperation = "message";

/** Other operations of the participation handler, and the reasons to ignore them. */
export const ignoredOperations: ReadonlyMap<string, "membership" | "thread_state"> = new Map([
  ["added", "membership"],
  ["removed", "membership"],
  ["added_in_thread", "membership"],
  ["removed_from_thread", "membership"],
  ["auto_followed_thread", "thread_state"],
  ["thread_closed", "thread_state"],
  ["thread_reopened", "thread_state"],
]);

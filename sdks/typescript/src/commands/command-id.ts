import { idFromContent } from "@mio/envelope";

/** The durable consumer of the consumer contract; the name of an agent that gives none. */
export const defaultAgent = "ai-consumer-enriched";

/**
 * The id of the command that `agent` sends as `step` of handling a message: always the same UUID for the
 * same three values. When a message is delivered again, its answers carry the ids of the first time,
 * so they are stored once and posted once.
 *
 * `reply` and `edit` of an incoming message use it with the steps `reply-1`, `reply-2`, `edit-1`, …
 *
 * @example
 * ```ts
 * const id = commandId("0199c0de-0000-7000-8000-000000000001", "nightly-report");
 * ```
 *
 * @param message the message handled, or its id
 * @param step what this command is within the handling, for example `"answer"`
 * @param agent the durable name the message was read under, so that two agents may answer one message
 */
export function commandId(
  message: string | { readonly id: string },
  step: string,
  agent: string = defaultAgent,
): string {
  const messageId = typeof message === "string" ? message : message.id;
  return idFromContent(JSON.stringify(["mio.command", agent, messageId, step]));
}

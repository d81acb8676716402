import { idFromContent } from "@mio/envelope";

/** The durable consumer that the contract names; an agent without a durable of its own uses it. */
export const defaultAgent = "ai-consumer-enriched";

/**
 * The id of the command that `agent` sends as `step` of handling a message. The same three values always give the
 * same UUID. So when a message is delivered again, its answers have the ids of the first time, and are stored and
 * posted once.
 *
 * `reply` and `edit` of an incoming message use it with the steps `reply-1`, `reply-2`, `edit-1`, …
 *
 * @example
 * ```ts
 * const id = commandId("0199c0de-0000-7000-8000-000000000001", "nightly-report");
 * ```
 *
 * @param message the handled message, or its id
 * @param step what this command is within the handling, for example `"answer"`
 * @param agent the durable under which the message was read, so that two agents can answer the same message
 */
export function commandId(
  message: string | { readonly id: string },
  step: string,
  agent: string = defaultAgent,
): string {
  const messageId = typeof message === "string" ? message : message.id;
  return idFromContent(JSON.stringify(["mio.command", agent, messageId, step]));
}

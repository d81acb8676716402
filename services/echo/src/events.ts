import { MioError, type MioEvent } from "@mio/sdk";
import type { EchoEvent } from "./app.ts";
import type { Log } from "./log.ts";

/** Writes one line for each message. */
export function logMessage(log: Log): (event: EchoEvent) => void {
  return ({ outcome, messageId, conversationId, deliveryCount }) =>
    log("info", "echo.handled", {
      outcome,
      message_id: messageId,
      conversation_id: conversationId,
      attempt: deliveryCount,
    });
}

/** Writes one line for each event of the connection. */
export function logConnection(log: Log): (event: MioEvent) => void {
  return ({ type, ...rest }) => {
    const { error, ...fields } = { error: undefined, ...rest };
    log(type === "reconnected" ? "info" : "warn", `echo.${type}`, {
      ...fields,
      ...(error === undefined ? {} : describeFailure(error)),
    });
  };
}

/** The log fields of an error. */
export function describeFailure(error: unknown): Readonly<Record<string, unknown>> {
  if (error instanceof MioError) return { code: error.code, reason: error.message };
  return { reason: error instanceof Error ? error.message : "a value that is not an Error was thrown" };
}

import type { MioError } from "@mio/failure";
import type { WebhookOutcome } from "../events.ts";

/** The HTTP answer for a failed event. */
export interface Refusal {
  /** 200 if a retry cannot make it useful, so that the platform does not send it again. */
  readonly status: number;
  readonly error: string;
  readonly outcome: WebhookOutcome;
  readonly retryAfterSeconds?: number;
}

/** Answers 5xx only if a retry by the platform can help. */
export function toRefusal(failure: MioError): Refusal {
  switch (failure.code) {
    case "channel.unparseable":
      return { status: 400, error: "invalid json", outcome: "parse_error" };
    case "store.overloaded":
    case "socket.overloaded":
      return { status: 503, error: "overloaded", outcome: "overloaded", retryAfterSeconds: 1 };
    case "store.refused":
      return { status: 200, error: "not accepted", outcome: "unroutable" };
    default:
      return failure.code.startsWith("store.")
        ? { status: 500, error: "db error", outcome: "db_error" }
        : { status: 500, error: "internal error", outcome: "error" };
  }
}

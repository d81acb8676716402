import type { MioError } from "@mio/failure";
import type { WebhookOutcome } from "../events.ts";

/** How an event that failed is answered. */
export interface Refusal {
  /** 200 where nothing can make it useful: the platform shall not send it again. */
  readonly status: number;
  readonly error: string;
  readonly outcome: WebhookOutcome;
  readonly retryAfterSeconds?: number;
}

/** A 5xx is given only where the platform's retry can help. */
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

import { DeliveryError } from "@mio/channel-kit";

/** The same failure, with the ids posted before it. */
export function keepSent(error: unknown, externalIds: readonly string[]): unknown {
  if (!(error instanceof DeliveryError)) return error;
  const { kind, reason, message, retry, details, cause } = error;
  const wait = typeof retry === "object" ? { retryAfterMs: retry.afterMs } : {};
  const made = [...externalIds, ...error.sent.externalIds].filter((id) => id !== "");
  return new DeliveryError({ kind, reason, message, ...wait, details, cause, sent: { externalIds: made } });
}

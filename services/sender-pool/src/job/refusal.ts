import { type ErrorCode, errorCatalogue, MioError } from "@mio/failure";

/** Why the pool itself turns a command away; a platform's own reasons are in `DeliveryReason`. */
export type RefusalReason =
  | "invalid"
  | "no_account"
  | "account_disabled"
  | "account_pending"
  | "wrong_tenant"
  | "wrong_channel"
  | "wrong_conversation"
  | "wrong_target"
  | "no_target"
  | "closed"
  | "no_sender"
  | "unsupported"
  | "expired"
  | "backlog_full"
  | "lost"
  | "unknown_send";

/** A command that is turned away for good. */
export function refusal(
  reason: RefusalReason,
  message: string,
  code: ErrorCode = "delivery.refused",
): MioError {
  return new MioError(code, message, { retry: "never", details: { reason } });
}

/** An attempt may have reached the platform, and nobody can tell. */
export function unknownSend(): MioError {
  const message = "It is not known whether the platform has it; look there, then send a new command if not.";
  return refusal("unknown_send", message, "delivery.unknown");
}

/** The platform does not have it, however often it was called. */
export function exhausted(failures: number): MioError {
  const message = `Given up after ${failures} failures; the platform does not show it.`;
  return new MioError("delivery.exhausted", message, { details: { reason: "exhausted" } });
}

/** The word for a receipt and a metric label. */
export function reasonOf(error: MioError): string {
  const { reason } = error.details;
  return typeof reason === "string" ? reason : "other";
}

/** An error as it was recorded, for a command that ended in an earlier life. */
export function recordedError(code: string, reason: string): MioError {
  const known = Object.keys(errorCatalogue).find((name): name is ErrorCode => name === code);
  return new MioError(known ?? "delivery.permanent", "The command ended so at an earlier delivery.", {
    details: { reason },
  });
}

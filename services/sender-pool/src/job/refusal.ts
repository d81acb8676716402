import { type ErrorCode, errorCatalogue, MioError } from "@mio/failure";

/** Reasons of the pool for refusing a command; those of a platform are in `DeliveryReason`. */
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

/** The error of a command that is refused and not retried. */
export function refusal(
  reason: RefusalReason,
  message: string,
  code: ErrorCode = "delivery.refused",
): MioError {
  return new MioError(code, message, { retry: "never", details: { reason } });
}

/** An attempt may have reached the platform, and no lookup is possible. */
export function unknownSend(): MioError {
  const message =
    "The platform may or may not show this command. Check there, and send a new command if it does not.";
  return refusal("unknown_send", message, "delivery.unknown");
}

/** The platform does not show the command after the last allowed call. */
export function exhausted(failures: number): MioError {
  const message = `Given up after ${failures} failures; the platform does not show it.`;
  return new MioError("delivery.exhausted", message, { details: { reason: "exhausted" } });
}

/** The reason for receipts and metric labels. */
export function reasonOf(error: MioError): string {
  const { reason } = error.details;
  return typeof reason === "string" ? reason : "other";
}

/** The recorded error of a command that ended earlier. */
export function recordedError(code: string, reason: string): MioError {
  const known = Object.keys(errorCatalogue).find((name): name is ErrorCode => name === code);
  return new MioError(known ?? "delivery.permanent", "The command ended like this at an earlier delivery.", {
    details: { reason },
  });
}

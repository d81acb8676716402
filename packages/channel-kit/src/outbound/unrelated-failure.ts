import { DeliveryError, type DeliveryReason } from "./delivery-error.ts";

/** The reasons about a target message, and what they become when they are about something else. */
const others: Partial<Record<DeliveryReason, DeliveryReason>> = { not_found: "invalid", closed: "forbidden" };

/**
 * Rethrows a failure of a further message of an edit. The target exists and has been changed by then, so the error
 * must not say that it is gone: the caller could post the whole text again.
 *
 * @throws the given error, with another reason if it is one about a target.
 */
export function rethrowUnlessUnrelated(error: unknown): never {
  const reason = error instanceof DeliveryError ? others[error.reason] : undefined;
  if (!(error instanceof DeliveryError) || reason === undefined) throw error;
  const { kind, message, details, sent } = error;
  throw new DeliveryError({ kind, reason, message, details, sent, cause: error });
}

import { DeliveryError, type DeliveryReason } from "./delivery-error.ts";

/** What the words for a target mean when they are about something else. */
const others: Partial<Record<DeliveryReason, DeliveryReason>> = { not_found: "invalid", closed: "forbidden" };

/**
 * Throws a failure of the further messages of an edit. By then the target is there and changed, so it must not be taken
 * for one that is gone: the caller could post the whole text once more.
 *
 * @throws what it is given, with another reason where that is one of a target.
 */
export function rethrowUnlessUnrelated(error: unknown): never {
  const reason = error instanceof DeliveryError ? others[error.reason] : undefined;
  if (!(error instanceof DeliveryError) || reason === undefined) throw error;
  const { kind, message, details, sent } = error;
  throw new DeliveryError({ kind, reason, message, details, sent, cause: error });
}

import type { HttpFailure } from "../http/http-message.ts";
import { DeliveryError } from "./delivery-error.ts";

/** What the meaning of a failed call depends on, besides the answer. */
export interface FailureContext {
  readonly now: Date;
  /** A second call shows the same as one (an edit), so it may be retried even if the first may have succeeded. */
  readonly repeatable: boolean;
  /** The call changes a message; then `not_found` and `closed` are about that message, not its channel. */
  readonly isChange?: boolean;
}

/** The delivery error for a call without an answer: `transient` if the platform cannot have carried it out. */
export function networkDeliveryError(
  platform: string,
  { kind, reason, networkCode }: HttpFailure,
  { repeatable }: Pick<FailureContext, "repeatable">,
): DeliveryError {
  const details = { networkCode };
  if (kind === "unsent") {
    const message = `${platform} was not reached.`;
    const why = reason === "timeout" ? "timeout" : "network";
    return new DeliveryError({ kind: "transient", reason: why, message, details });
  }
  return new DeliveryError({
    kind: repeatable ? "transient" : "unknown",
    reason: reason === "network" ? "network" : "timeout",
    message: `${platform} may have received the request, and gave no answer.`,
    details,
  });
}

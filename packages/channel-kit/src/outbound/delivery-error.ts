import { type ErrorDetails, MioError } from "@mio/failure";
import type { Sent } from "./outbound.ts";

/** Why a platform rejected a call: a closed set, suitable for a metric label and a dead letter. */
export type DeliveryReason =
  | "auth"
  | "refresh_failed"
  | "forbidden"
  /** Of an edit or removal: the target message does not exist. */
  | "not_found"
  /** Of an edit or removal: the platform no longer allows changes of the message. */
  | "closed"
  | "bad_request"
  | "too_long"
  | "unsupported"
  | "invalid"
  | "throttled"
  | "platform_down"
  | "network"
  | "timeout";

/**
 * A platform call that did not succeed.
 *
 * - `throttled`: not done; retry after `retry.afterMs`.
 * - `transient`: not done; a retry can succeed.
 * - `permanent`: not done; no retry can succeed.
 * - `unknown`: the request was written and no answer came; it may have been done.
 */
export type DeliveryErrorKind = "throttled" | "transient" | "permanent" | "unknown";

export class DeliveryError extends MioError {
  override readonly name = "DeliveryError";
  readonly kind: DeliveryErrorKind;
  readonly reason: DeliveryReason;
  /** What the call posted before it failed: the first parts of a long text. */
  readonly sent: Sent;

  constructor(failure: {
    readonly kind: DeliveryErrorKind;
    readonly reason: DeliveryReason;
    readonly message: string;
    readonly retryAfterMs?: number;
    readonly sent?: Sent;
    readonly details?: ErrorDetails;
    readonly cause?: unknown;
  }) {
    const { kind, reason, retryAfterMs } = failure;
    super(`delivery.${kind}`, failure.message, {
      retry: kind === "permanent" ? "never" : retryAfterMs === undefined ? "soon" : { afterMs: retryAfterMs },
      details: { ...failure.details, reason },
      cause: failure.cause,
    });
    this.kind = kind;
    this.reason = reason;
    this.sent = failure.sent ?? { externalIds: [] };
  }
}

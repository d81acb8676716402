import type { MioError } from "@mio/failure";

/**
 * How the handling of one delivery ended, as told by a handler to `consume`, the only place
 * that turns it into an acknowledgement.
 *
 * - `done`: acknowledged (double-acked), never delivered again.
 * - `retry`: given back; delivered again after `afterMs`.
 * - `dead`: copied to `MESSAGES_DLQ` with its headers and the error, then terminated.
 */
export type Outcome =
  | { readonly kind: "done" }
  | { readonly kind: "retry"; readonly afterMs: number; readonly error: MioError }
  | { readonly kind: "dead"; readonly error: MioError };

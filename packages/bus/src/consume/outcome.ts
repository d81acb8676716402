import type { MioError } from "@mio/failure";

/**
 * How the handling of one delivery ended. `consume` turns it into an acknowledgement.
 *
 * - `done`: acknowledged; not delivered again.
 * - `retry`: handled again after `afterMs`.
 * - `dead`: copied to `MESSAGES_DLQ` with its headers and the error, then terminated.
 */
export type Outcome =
  | { readonly kind: "done" }
  | { readonly kind: "retry"; readonly afterMs: number; readonly error: MioError }
  | { readonly kind: "dead"; readonly error: MioError };

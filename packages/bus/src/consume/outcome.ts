import type { MioError } from "@mio/failure";

/**
 * How the handling of one delivery ended. `consume` turns it into an acknowledgement.
 *
 * - `done`: acknowledged; not delivered again.
 * - `retry`: handled again after `afterMs`.
 * - `dead`: copied to `MESSAGES_DLQ` with its headers and the error, then terminated.
 */
export type Outcome =
  | ({ readonly kind: "done" } & Trailing)
  | { readonly kind: "retry"; readonly afterMs: number; readonly error: MioError }
  | ({ readonly kind: "dead"; readonly error: MioError } & Trailing);

/** What is left to do when the next message of the same key may already be handled. */
export interface Trailing {
  /** The answer to the server waits for it. If it rejects, the message is handled again. */
  readonly after?: Promise<void> | undefined;
}

import type { MioError } from "@mio/failure";
import { toStoreError } from "@mio/store";
import { refusal } from "./refusal.ts";

/** A failure of anything but the platform, which stops a command. */
export interface Trouble {
  /**
   * `passing`: the database or the broker is unavailable; no command is to blame, so the pool waits for as long as it takes.
   * `refused`: no retry helps.
   * `unexplained`: a retry may help, but not many: the command, the pool or the schema has a defect.
   */
  readonly kind: "passing" | "refused" | "unexplained";
  readonly error: MioError;
}

/** Attempts at something that fails without an explanation: half a minute with the pool's backoff. */
export const maxUnexplained = 8;

export function toTrouble(caught: unknown): Trouble {
  const error = toStoreError(caught);
  if (error.code === "store.refused") return { kind: "refused", error: unstorable() };
  if (error.retry === "never") return { kind: "refused", error };
  const isExplained = error.code !== "store.write_failed" && error.code !== "internal.unexpected";
  return { kind: isExplained ? "passing" : "unexplained", error };
}

/** Without the cause: its text may contain the command's. */
function unstorable(): MioError {
  const message = "Postgres does not accept a value of the command: send it with other ids.";
  return refusal("invalid", message, "store.refused");
}

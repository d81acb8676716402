import type { MioError } from "@mio/failure";
import { toStoreError } from "@mio/store";
import { refusal } from "./refusal.ts";

/** What stands in the way of a command, other than the platform. */
export interface Trouble {
  /**
   * `passing`: a database or a broker is away; it is waited for, since no command is to blame.
   * `refused`: no retry helps.
   * `unexplained`: a retry may help, but not for long: something is wrong with the command, the pool or the schema.
   */
  readonly kind: "passing" | "refused" | "unexplained";
  readonly error: MioError;
}

/** Tries of something whose trouble is not explained: half a minute with the pool's backoff. */
export const maxUnexplained = 8;

export function toTrouble(caught: unknown): Trouble {
  const error = toStoreError(caught);
  if (error.code === "store.refused") return { kind: "refused", error: unstorable() };
  if (error.retry === "never") return { kind: "refused", error };
  const isExplained = error.code !== "store.write_failed" && error.code !== "internal.unexpected";
  return { kind: isExplained ? "passing" : "unexplained", error };
}

/** Without the cause: its text may hold what the command says. */
function unstorable(): MioError {
  const message = "Postgres does not accept a value of the command: send it with other ids.";
  return refusal("invalid", message, "store.refused");
}

import { jetStreamCodes } from "@mio/jetstream";
import type { ApiError } from "../connect/jetstream-error.ts";
import type { ApiAnswer } from "./ask-api.ts";

/** Why a stream stores nothing. */
export type TroubleKind =
  /** It does not exist. */
  | "missing"
  /** Its settings or limits, or those of the server or the account, refuse messages. */
  | "refuses"
  /** The server could not write to its disk. nats-server 2.15 keeps refusing this stream until it is restarted. */
  | "cannot_write"
  /** No answer in time: no leader, no quorum, JetStream off, or a write that hangs. */
  | "unavailable";

export interface Trouble {
  readonly kind: TroubleKind;
  /** The server's words, if it gave any. */
  readonly reason: string;
}

const runbooks: Readonly<Record<TroubleKind, string>> = {
  missing: "docs/operate/runbooks/stream-missing.md",
  refuses: "docs/operate/runbooks/disk-full.md",
  cannot_write: "docs/operate/runbooks/disk-full.md",
  unavailable: "docs/operate/runbooks/disk-full.md",
};

/** The runbook. */
export function runbookOf(kind: TroubleKind): string {
  return runbooks[kind];
}

/** The kind of trouble by the error number of nats-server's errors.json. */
const kindByCode: Readonly<Record<number, TroubleKind>> = {
  [jetStreamCodes.streamNotFound]: "missing",
  /** Limits of the account (10002), of the server (10023), of its storage (10047); a sealed stream (10109). */
  10002: "refuses",
  10023: "refuses",
  10047: "refuses",
  10109: "refuses",
  /** A message could not be removed (10057) or stored (10077). */
  10057: "cannot_write",
  10077: "cannot_write",
};

/** Finds trouble in an answer about a stream; undefined if there is none. */
export function troubleOf(answer: ApiAnswer<unknown>): Trouble | undefined {
  if (answer.kind === "answered") return undefined;
  return answer.kind === "silent" ? { kind: "unavailable", reason: answer.reason } : toTrouble(answer.error);
}

/** Finds the trouble of a stream in a refusal of JetStream. */
function toTrouble({ err_code: code = 0, description = "no description" }: ApiError): Trouble {
  return { kind: kindByCode[code] ?? "unavailable", reason: `${description} (${code})` };
}

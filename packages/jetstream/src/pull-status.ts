import type { MsgHdrs } from "@nats-io/nats-core";

/**
 * What a status says about a pull request:
 *
 * - `heartbeat` (100): the server still has it.
 * - `finished` (404, 408): it ended with fewer deliveries than it asked for.
 * - `unpinned` (423): the messages go to another reader of a pinned consumer.
 * - `no_responders` (503): the consumer has no leader, or does not exist.
 * - `failed` (409 and all others): it ended, for example because the consumer was deleted.
 */
export type PullStatusKind = "heartbeat" | "finished" | "unpinned" | "no_responders" | "failed";

export interface PullStatus {
  readonly kind: PullStatusKind;
  /** The server's code and words. */
  readonly text: string;
  /** How many deliveries of the request did not come. */
  readonly unfulfilled: number;
}

const kinds: Readonly<Record<number, PullStatusKind>> = {
  100: "heartbeat",
  404: "finished",
  408: "finished",
  423: "unpinned",
  503: "no_responders",
};

/** https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-13.md */
export function readPullStatus(headers: MsgHdrs | undefined): PullStatus {
  const code = headers?.code ?? 0;
  const unfulfilled = Number(headers?.get("Nats-Pending-Messages"));
  return {
    kind: kinds[code] ?? "failed",
    text: `${code} ${headers?.description ?? ""}`.trim(),
    unfulfilled: Number.isSafeInteger(unfulfilled) ? unfulfilled : 0,
  };
}

/**
 * The pin under which a delivery of a pinned consumer came.
 *
 * @see https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-42.md
 */
export function pinIdOf(headers: MsgHdrs | undefined): string | undefined {
  // Asked for each delivery, and the library's `get` copies and filters all names.
  for (const [name, [pin]] of headers ?? []) if (name === pinIdHeader) return pin || undefined;
  return undefined;
}

/** The header that the server adds to deliveries of a pinned consumer. */
export const pinIdHeader = "Nats-Pin-Id";

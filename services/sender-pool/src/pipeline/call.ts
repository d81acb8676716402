import { callWhile, DeliveryError } from "@mio/channel-kit";
import { MioError } from "@mio/failure";
import type { Clock } from "@mio/service-kit";
import { joinIds, type Progress, toCallContext } from "../delivery/call-context.ts";
import type { Lease } from "../delivery/leases.ts";
import type { PreparedDelivery } from "../job/prepared-delivery.ts";
import { reasonOf } from "../job/refusal.ts";
import { timedOut, withDeadline } from "../job/with-deadline.ts";
import type { OpenKeptFiles } from "../prepare/kept-files.ts";
import type { CallEnd } from "../rates/workers.ts";

/**
 * How one platform call went. Only `unknown` leaves open whether it did more than is told. `externalIds` are what this
 * call and those before it are known to have made.
 */
export type CallResult = { readonly externalIds: readonly string[] } & (
  | { readonly kind: "sent" }
  /** `afterMs` is what the platform asked for; undefined when it named no time. */
  | { readonly kind: "throttled"; readonly afterMs: number | undefined; readonly error: MioError }
  | { readonly kind: "transient"; readonly afterMs: number; readonly error: MioError }
  | { readonly kind: "permanent" | "unknown"; readonly error: MioError }
);

export interface CallOptions extends Progress {
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** The right to call. */
  readonly lease: Pick<Lease, "lost" | "isHeld">;
  readonly openFiles: OpenKeptFiles;
}

/** For an adapter whose time is over to tell what it has made by then. */
const graceMs = 500;

/** Calls the platform once and never waits longer than `timeoutMs`, whatever the adapter does. Never rejects. */
export async function callPlatform(delivery: PreparedDelivery, options: CallOptions): Promise<CallResult> {
  const { alreadySent, timeoutMs, clock, lease } = options;
  let isLate = (): boolean => false;
  const call = async (deadline: AbortSignal) => {
    isLate = () => deadline.aborted;
    const signal = AbortSignal.any([deadline, lease.lost]);
    using files = options.openFiles(delivery.command, signal);
    const context = toCallContext(delivery, options, { signal, files });
    return await callWhile(lease.isHeld, () => delivery.call(context));
  };
  try {
    const sent = await withDeadline(call, { timeoutMs, graceMs, clock });
    if (sent === timedOut) return { ...late(), externalIds: alreadySent };
    // Whatever is no post is told whole, and may have become less.
    const known = delivery.operation === "send" ? alreadySent : [];
    return { kind: "sent", externalIds: joinIds(known, sent.externalIds) };
  } catch (error) {
    if (error instanceof DeliveryError) return toFailure(error, alreadySent);
    return { ...(isLate() ? late(error) : unexpected(error)), externalIds: alreadySent };
  }
}

/** Whether the platform answered the call; undefined when the call did not reach it, or that is not known. */
export function callEndOf(result: CallResult): CallEnd | undefined {
  if (result.kind === "sent") return "answered";
  const reason = reasonOf(result.error);
  if (reason === "timeout") return "silent";
  return reason === "network" || reason === "unexpected" ? undefined : "answered";
}

function toFailure(error: DeliveryError, alreadySent: readonly string[]): CallResult {
  const afterMs = typeof error.retry === "object" ? error.retry.afterMs : undefined;
  const externalIds = joinIds(alreadySent, error.sent.externalIds);
  switch (error.kind) {
    case "throttled":
      return { kind: "throttled", afterMs: afterMs || undefined, error, externalIds };
    case "transient":
      return { kind: "transient", afterMs: afterMs ?? 0, error, externalIds };
    case "permanent":
    case "unknown":
      return { kind: error.kind, error, externalIds };
  }
}

/** Also the word of an adapter that ends, when its signal says so, with an error of its own. */
function late(cause?: unknown) {
  return unknown("The platform call did not end in time.", { reason: "timeout", cause });
}

/** A fault of the adapter, maybe before it called at all: it says nothing about the platform. */
function unexpected(cause: unknown) {
  return unknown("The adapter failed unexpectedly.", { reason: "unexpected", cause });
}

function unknown(message: string, { reason, cause }: { readonly reason: string; readonly cause: unknown }) {
  const error = new MioError("delivery.unknown", message, { retry: "soon", details: { reason }, cause });
  return { kind: "unknown", error } as const;
}

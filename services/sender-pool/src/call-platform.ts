import { DeliveryError, type Sent } from "@mio/channel-kit";
import { MioError } from "@mio/failure";
import type { Clock } from "@mio/service-kit";
import type { PreparedDelivery } from "./prepare-delivery.ts";
import { timedOut, withDeadline } from "./with-deadline.ts";

/** How one platform call went. Only `unknown` leaves open whether it was done. */
export type CallResult =
  | { readonly kind: "sent"; readonly sent: Sent }
  | { readonly kind: "throttled"; readonly afterMs: number; readonly error: MioError }
  | { readonly kind: "transient"; readonly afterMs: number; readonly error: MioError }
  | { readonly kind: "permanent" | "unknown"; readonly error: MioError };

/** A platform that throttles and names no time. */
const defaultThrottleMs = 1_000;

/** Calls the platform once and never waits longer than `timeoutMs`, whatever the adapter does. Never rejects. */
export async function callPlatform(
  delivery: PreparedDelivery,
  options: { readonly timeoutMs: number; readonly clock: Clock },
): Promise<CallResult> {
  const { threadRootExternalId } = delivery;
  const thread = threadRootExternalId === undefined ? {} : { threadRootExternalId };
  try {
    const sent = await withDeadline(
      (signal) =>
        delivery.call({
          signal,
          ...thread,
          attempt: 1,
          alreadySent: [],
          targetExternalIds: [],
          openAttachment: noFiles,
        }),
      options,
    );
    if (sent !== timedOut) return { kind: "sent", sent };
    return unknown("The platform call did not end in time.");
  } catch (error) {
    return toFailure(error);
  }
}

function toFailure(error: unknown): CallResult {
  if (!(error instanceof DeliveryError)) return unknown("The adapter failed unexpectedly.", error);
  const afterMs = typeof error.retry === "object" ? error.retry.afterMs : undefined;
  switch (error.kind) {
    case "throttled":
      return { kind: "throttled", afterMs: afterMs || defaultThrottleMs, error };
    case "transient":
      return { kind: "transient", afterMs: afterMs ?? 0, error };
    case "permanent":
    case "unknown":
      return { kind: error.kind, error };
  }
}

function unknown(message: string, cause?: unknown): CallResult {
  const details = { reason: "timeout" };
  return {
    kind: "unknown",
    error: new MioError("delivery.unknown", message, { retry: "soon", details, cause }),
  };
}

const noFiles = () => Promise.reject(new Error("no files"));

import { DeliveryError } from "../outbound/delivery-error.ts";

/** Waits for shared work: a caller that aborts leaves it running. */
export async function leaveRunning<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const giveUp = (): void => {
    const message = "Aborted while waiting for a token.";
    reject(new DeliveryError({ kind: "transient", reason: "timeout", message }));
  };
  if (signal.aborted) giveUp();
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

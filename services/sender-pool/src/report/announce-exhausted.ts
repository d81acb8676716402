import { decodeCommand, parseSubject } from "@mio/envelope";
import type { MioError } from "@mio/failure";
import { failed } from "../job/delivery-job.ts";
import type { AnnounceReceipt } from "../pipeline/announce.ts";

/** Tells how a command ended that was delivered too often and never came to an end by itself. */
export type AnnounceExhausted = (
  given: { readonly subject: string; readonly payload: Uint8Array },
  error: MioError,
) => Promise<void>;

export function createAnnounceExhausted(announce: AnnounceReceipt): AnnounceExhausted {
  return async ({ subject, payload }, error) => {
    const command = tryDecode(payload);
    const route = parseSubject(subject);
    // Whoever published it on another subject may speak for neither place.
    const isInPlace = route?.kind === "outbound" && route.accountId === command?.accountId;
    const step = failed(0, error, []);
    if (command === undefined || !isInPlace || step.kind !== "ended" || step.end.state !== "failed") return;
    await announce(command, { ...step.end, reason: "exhausted" });
  };
}

function tryDecode(payload: Uint8Array) {
  try {
    return decodeCommand(payload);
  } catch {
    return undefined;
  }
}

import { decodeCommand, parseSubject } from "@mio/envelope";
import type { MioError } from "@mio/failure";
import type { PublishReceipt } from "../job/delivery-job.ts";

/** Publishes the receipt of a command that reached the delivery limit of its consumer. */
export type AnnounceExhausted = (
  given: { readonly subject: string; readonly payload: Uint8Array },
  error: MioError,
) => Promise<void>;

export function createAnnounceExhausted(publish: PublishReceipt): AnnounceExhausted {
  return async ({ subject, payload }, error) => {
    const command = tryDecode(payload);
    const route = parseSubject(subject);
    // A publisher on another account's subject is authorised for neither account.
    const isInPlace = route?.kind === "outbound" && route.accountId === command?.accountId;
    if (command === undefined || !isInPlace) return;
    await publish(command, { state: "failed", attempts: 0, externalIds: [], error, reason: "exhausted" });
  };
}

function tryDecode(payload: Uint8Array) {
  try {
    return decodeCommand(payload);
  } catch {
    return undefined;
  }
}

import type { CliqSimulator } from "@mio/simulator-zoho-cliq";
import type { Tally } from "../tally.ts";

export function cliqTally(cliq: CliqSimulator): Tally {
  const accepted = cliq
    .deliveries()
    .flatMap(({ status, operation, messageId }) =>
      status === 200 && operation !== "message_edited" && messageId !== undefined ? [messageId] : [],
    );
  return { accepted: new Set(accepted).size, answers: cliq.visiblePosts().map(({ text }) => text) };
}

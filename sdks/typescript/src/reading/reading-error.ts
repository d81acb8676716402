import { MioError } from "@mio/failure";
import { JetStreamApiError } from "@nats-io/jetstream";
import { isForbidden } from "../connection/server-check.ts";

/** Why reading was interrupted, in the server's words. */
export function toReadingError(cause: unknown): MioError {
  if (cause instanceof MioError) return cause;
  const action = isForbidden(cause) ? "the server forbids it" : "it goes on by itself";
  const message = `Reading messages was interrupted; ${action}: ${wordsOf(cause)}`;
  return new MioError("sdk.reading_interrupted", message, {
    retry: "soon",
    cause,
    ...(cause instanceof JetStreamApiError ? { details: { err_code: cause.code } } : {}),
  });
}

function wordsOf(cause: unknown): string {
  const words = cause instanceof Error ? cause.message : "";
  return words === "" ? "no reason was given." : words.endsWith(".") ? words : `${words}.`;
}

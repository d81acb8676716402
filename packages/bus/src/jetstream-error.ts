import { type ErrorDetails, MioError } from "@mio/failure";

/** The error JetStream puts into an answer. */
export interface ApiError {
  readonly code: number;
  readonly err_code?: number;
  readonly description?: string;
}

/** Numbers of https://github.com/nats-io/nats-server/blob/main/server/errors.json */
export const jetStreamCodes = {
  consumerNotFound: 10014,
  streamNotFound: 10059,
  messageNotFound: 10037,
  messageTooLarge: 10054,
  replicasNeedCluster: 10074,
  streamNameInUse: 10058,
  subjectsOverlap: 10065,
  consumerFilterNotUnique: 10100,
  consumerExists: 10148,
} as const;

/** JetStream's answer as the error Mio throws. Server-side trouble is worth another try; a refusal is not. */
export function toJetStreamError(error: ApiError, details: ErrorDetails = {}): MioError {
  const description = error.description ?? "no description";
  const all = { ...details, err_code: error.err_code ?? 0, description };
  if (error.err_code === jetStreamCodes.messageTooLarge) {
    return new MioError("bus.too_large", "The message is larger than its stream accepts.", { details: all });
  }
  if (error.err_code === jetStreamCodes.streamNotFound) {
    return new MioError("bus.no_stream", "The stream does not exist.", { retry: "soon", details: all });
  }
  return new MioError("bus.rejected", `JetStream refused: ${description}.`, {
    retry: error.code >= 500 ? "soon" : "never",
    details: all,
  });
}

/**
 * Waits for JetStream's answer about `what`, in the plural, by a service whose streams are there once NATS is.
 *
 * @throws MioError `bus.unavailable` when none comes, and when it is a refusal
 */
export async function askJetStream<T>(what: string, answer: Promise<T>): Promise<T> {
  return await answer.catch((cause: unknown) => {
    throw new MioError("bus.unavailable", `NATS did not answer about its ${what}.`, { retry: "soon", cause });
  });
}

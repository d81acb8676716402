import { type ErrorDetails, MioError } from "@mio/failure";
import { isFull, jetStreamCodes } from "@mio/jetstream";
import { JetStreamApiError } from "@nats-io/jetstream";

/** The error in an answer of JetStream. */
export interface ApiError {
  readonly code: number;
  readonly err_code?: number;
  readonly description?: string;
}

/** Refusals of a configuration that the server reports with a 5xx code. */
const refusalsDespiteCode: ReadonlySet<number> = new Set([
  jetStreamCodes.streamInvalidConfig,
  jetStreamCodes.replicasNeedCluster,
]);

/** Whether the same request can succeed later without a change of settings. */
function isPassing({ code, err_code = 0 }: ApiError): boolean {
  return code === 429 || (code >= 500 && !refusalsDespiteCode.has(err_code));
}

/** Converts an error of JetStream. Server-side failures are retryable; refusals are not. */
export function toJetStreamError(error: ApiError, details: ErrorDetails = {}): MioError {
  const description = error.description ?? "no description";
  const code = error.err_code ?? 0;
  const all = { ...details, err_code: code, description };
  if (code === jetStreamCodes.messageTooLarge || code === jetStreamCodes.headerTooLarge) {
    return new MioError("bus.too_large", `The message is too large: ${description}.`, { details: all });
  }
  if (code === jetStreamCodes.streamNotFound) {
    return new MioError("bus.no_stream", "The stream does not exist.", { retry: "soon", details: all });
  }
  if (code === jetStreamCodes.duplicateInProcess) {
    const message = "JetStream is still storing a message with the same dedup id.";
    return new MioError("bus.publish_timeout", message, { retry: "soon", details: all });
  }
  if (isFull(code)) return toFull(description, all);
  if (isPassing(error)) {
    return new MioError("bus.unavailable", `JetStream is not available now: ${description}.`, {
      retry: "soon",
      details: all,
    });
  }
  return new MioError("bus.rejected", `JetStream refused: ${description}.`, { details: all });
}

/** The server's words for a limit of the stream itself: https://github.com/nats-io/nats-server/blob/main/server/store.go */
const streamLimits: Readonly<Record<string, string>> = {
  "maximum bytes exceeded": "max_bytes",
  "maximum messages exceeded": "max_msgs",
  "maximum messages per subject exceeded": "max_msgs_per_subject",
};

function toFull(description: string, details: ErrorDetails): MioError {
  const { stream } = details;
  const name = typeof stream === "string" && stream !== "" ? `Stream ${stream}` : "The stream";
  const limit = streamLimits[description];
  if (limit !== undefined) {
    return new MioError(
      "bus.stream_full",
      `${name} has reached its ${limit} and takes no more: wait until its readers catch up, or raise ${limit}.`,
      { retry: "soon", details: { ...details, limit } },
    );
  }
  return new MioError(
    "bus.storage_failed",
    `NATS cannot store more (${description}): make room on its disk, or raise JetStream's limits.`,
    { retry: "soon", details },
  );
}

/**
 * Converts the failure of a request to JetStream's API. An error of the server keeps its description. Without an answer
 * the servers may be electing a leader, down or unreachable.
 *
 * @param what the request was about, in the plural
 */
export function toApiFailure(error: unknown, what: string, details: ErrorDetails = {}): MioError {
  if (error instanceof MioError) return error;
  const answer = toApiError(error);
  if (answer === undefined) {
    return new MioError("bus.unavailable", `NATS did not answer about its ${what}.`, {
      retry: "soon",
      details,
      cause: error,
    });
  }
  const { code, message, retry, details: all } = toJetStreamError(answer, details);
  return new MioError(code, message, { retry, details: all, cause: error });
}

/**
 * As {@link toApiFailure}, for creating or changing a stream or consumer: a final refusal is a conflict of settings.
 */
export function toConflict(error: unknown, subject: string, details: ErrorDetails): MioError {
  const failure = toApiFailure(error, "streams and consumers", details);
  if (failure.code !== "bus.rejected") return failure;
  const { description, err_code: code } = failure.details;
  const hint =
    code === jetStreamCodes.maxBytesRequired
      ? " Create the stream by hand with a max_bytes of your choice; Mio keeps it."
      : "";
  return new MioError("bus.stream_conflict", `${subject} cannot be created: ${String(description)}.${hint}`, {
    details: failure.details,
    cause: error,
  });
}

/** Whether JetStream answered with this code of `jetStreamCodes`. */
export function hasApiCode(error: unknown, code: number): boolean {
  return toApiError(error)?.err_code === code;
}

/** The library wraps one error into another class and keeps the original as its cause. */
function toApiError(error: unknown): ApiError | undefined {
  if (error instanceof JetStreamApiError) return error.apiError();
  return error instanceof Error && error.cause instanceof JetStreamApiError
    ? error.cause.apiError()
    : undefined;
}

/**
 * Waits for an answer of JetStream about `what`, in the plural. The streams of a service exist whenever NATS is up, so
 * every failure counts as unavailability.
 *
 * @throws MioError `bus.unavailable` without an answer, and for a refusal
 */
export async function askJetStream<T>(what: string, answer: Promise<T>): Promise<T> {
  return await answer.catch((cause: unknown) => {
    const { message, details } = toApiFailure(cause, what);
    throw new MioError("bus.unavailable", message, { retry: "soon", details, cause });
  });
}

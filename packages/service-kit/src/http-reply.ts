import { type ErrorCode, type MioError, toMioError } from "@mio/failure";

export interface HttpReply {
  readonly status: number;
  readonly body: { readonly error: string; readonly code: ErrorCode };
  readonly headers: Readonly<Record<string, string>>;
}

/** Codes whose status does not follow from their retry class. */
const statusByCode: Readonly<Partial<Record<ErrorCode, number>>> = {
  "channel.unparseable": 400,
  "internal.unexpected": 500,
};

/**
 * Converts an error to an HTTP reply. The reply contains the message only if the request was at fault (4xx);
 * otherwise only the code, to look up in the log.
 */
export function toHttpReply(error: unknown): HttpReply {
  const failure = toMioError(error);
  const status = statusByCode[failure.code] ?? (failure.retry === "never" ? 500 : 503);
  return {
    status,
    body: { error: toPublicText(status, failure), code: failure.code },
    headers: status === 503 ? { "retry-after": String(toRetryAfterSeconds(failure)) } : {},
  };
}

function toPublicText(status: number, failure: MioError): string {
  if (status < 500) return failure.message;
  return status === 503 ? "temporarily unavailable, try again" : "internal error";
}

function toRetryAfterSeconds({ retry }: MioError): number {
  return typeof retry === "object" ? Math.max(1, Math.ceil(retry.afterMs / 1000)) : 1;
}

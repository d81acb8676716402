import { Readable } from "node:stream";
import { type MayCall, rightToCall } from "./call-right.ts";
import type { HttpFailure, HttpRequest } from "./http-message.ts";

/** A checked request, with everything that the library wants to know of it. */
export interface Outgoing {
  readonly kind: "outgoing";
  readonly target: {
    readonly origin: string;
    readonly path: string;
    readonly method: HttpRequest["method"];
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string | Readable | null;
    // The client's deadline is the only limit: the library's own would end slow downloads.
    readonly headersTimeout: 0;
    readonly bodyTimeout: 0;
  };
  /** Read once, so that it is the right of the call that made the request. */
  readonly mayCall: MayCall;
  /** The signal of the caller. */
  readonly signal: AbortSignal | undefined;
}

/** Given up before it was written. */
export const givenUpBefore: HttpFailure = { kind: "unsent", reason: "aborted", networkCode: "ABORT_ERR" };

/** Checks a request. Its body is not read yet. */
export function toOutgoing(request: HttpRequest, userAgent: string): Outgoing | HttpFailure {
  const { url, method, signal } = request;
  const mayCall = rightToCall();
  if (url.username !== "" || url.password !== "") return unsent("ERR_URL_CREDENTIALS");
  if (signal?.aborted || !mayCall()) return givenUpBefore;
  const headers = toHeaders(userAgent, request.headers);
  if (headers === undefined) return unsent("ERR_INVALID_HEADER");
  const body = toBody(request, mayCall);
  const place = { origin: url.origin, path: url.pathname + url.search };
  const target = { ...place, method, headers, body, headersTimeout: 0, bodyTimeout: 0 } as const;
  return { kind: "outgoing", target, mayCall, signal };
}

function unsent(networkCode: string): HttpFailure {
  return { kind: "unsent", reason: "network", networkCode };
}

const unfitName = /[^!#$%&'*+\-.^_`|~0-9a-z]|^$/i;
const unfitValue = /[^\t\x20-\x7e\x80-\xff]/;

/** NOTE: the library's error for a bad header quotes its value, which may be a token, so headers are checked here. */
function toHeaders(
  userAgent: string,
  fields: Readonly<Record<string, string>> = {},
): Record<string, string> | undefined {
  const headers: Record<string, string> = { "user-agent": userAgent };
  for (const name in fields) {
    const value = (fields[name] ?? "").trim();
    if (unfitName.test(name) || unfitValue.test(value)) return undefined;
    headers[name.toLowerCase()] = value;
  }
  return headers;
}

function toBody({ body, stream }: HttpRequest, mayCall: MayCall): string | Readable | null {
  if (stream !== undefined) return Readable.from(whileAllowed(stream, mayCall), { objectMode: false });
  return body ?? null;
}

async function* whileAllowed(
  stream: AsyncIterable<Uint8Array>,
  mayCall: MayCall,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) {
    if (!mayCall()) throw new DOMException("The right to call was lost.", "AbortError");
    yield chunk;
  }
}

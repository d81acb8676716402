import { Readable } from "node:stream";
import { startDeadline } from "@mio/pacing";
import { request as httpRequest } from "undici";
import { type MayCall, rightToCall } from "./call-right.ts";
import type { HttpAnswer, HttpDownload, HttpFailure, HttpRequest } from "./http-message.ts";
import { networkFailure } from "./network-failure.ts";
import { readCapped } from "./read-capped.ts";
import { GateClosed, openGate } from "./write-gate.ts";

export interface HttpClientOptions {
  readonly userAgent: string;
  /**
   * The time limit of one call, from the first byte sent to the last byte received; of a download, until the headers.
   */
  readonly timeoutMs: number;
  /** Answers are cut at this size and marked `truncated`. Downloads are not. */
  readonly maxResponseBytes: number;
}

/** Calls a platform. It returns network failures instead of throwing them. It never logs and never retries. */
export interface HttpClient {
  call(request: HttpRequest): Promise<HttpAnswer | HttpFailure>;
  /** Leaves the body unread. The request's signal also ends the body; the client's deadline does not. */
  download(request: HttpRequest): Promise<HttpDownload | HttpFailure>;
}

/**
 * An HTTP client for one platform.
 *
 * It follows no redirects, so credentials never reach a host that the adapter did not name. It writes no request for
 * a call that has lost its right (`callWhile`). Its failures contain no URL, header or body, so they may be logged.
 */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  return {
    call: async (request) => {
      using limit = startDeadline(request.signal, options.timeoutMs);
      const answer = await send(options, request, limit.signal);
      if ("kind" in answer) return answer;
      const { status, headers, body } = answer;
      const { text, truncated } = await readCapped(body, options.maxResponseBytes);
      return { kind: "answer", status, headers, text, truncated };
    },
    download: async (request) => {
      using limit = startDeadline(request.signal, options.timeoutMs);
      const answer = await send(options, request, limit.signal);
      if ("kind" in answer) return answer;
      limit.lift();
      const cancel = async (): Promise<void> => {
        answer.body.destroy();
      };
      return { kind: "download", ...answer, cancel };
    },
  };
}

/** The start of an answer. The caller iterates the body to its end or destroys it. */
interface Begun {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readable;
}

async function send(
  { userAgent }: HttpClientOptions,
  request: HttpRequest,
  signal: AbortSignal,
): Promise<Begun | HttpFailure> {
  const { url, method } = request;
  const mayCall = rightToCall();
  if (url.username !== "" || url.password !== "")
    return { kind: "unsent", reason: "network", networkCode: "ERR_URL_CREDENTIALS" };
  if (signal.aborted || !mayCall()) return givenUpBefore;
  const headers = toHeaders({ "user-agent": userAgent, ...request.headers });
  if (headers === undefined) return { kind: "unsent", reason: "network", networkCode: "ERR_INVALID_HEADER" };
  const gate = openGate(() => !signal.aborted && mayCall());
  try {
    const { dispatcher } = gate;
    const body = toBody(request, mayCall);
    // The deadline above is the only limit: the library's own would end slow downloads.
    const unlimited = { headersTimeout: 0, bodyTimeout: 0 };
    const answer = await httpRequest(url, { method, headers, body, signal, dispatcher, ...unlimited });
    // A reader gets the error from the iterator. Without this listener, an error of an unread body would end the
    // process.
    answer.body.on("error", () => undefined);
    return { status: answer.statusCode, headers: fromHeaders(answer.headers), body: answer.body };
  } catch (error) {
    if (error instanceof GateClosed) return givenUpBefore;
    return networkFailure(error, { isWritten: gate.isPassed(), signal });
  }
}

const givenUpBefore: HttpFailure = { kind: "unsent", reason: "aborted", networkCode: "ABORT_ERR" };

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

/** NOTE: the runtime's error for a bad header quotes its value, which may be a token, so it is dropped here. */
function toHeaders(fields: Readonly<Record<string, string>>): Record<string, string> | undefined {
  try {
    return Object.fromEntries(new Headers(fields));
  } catch {
    return undefined;
  }
}

function fromHeaders(fields: Readonly<Record<string, string | readonly string[] | undefined>>): Headers {
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(fields))
    for (const value of [values].flat()) headers.append(name, value);
  return headers;
}

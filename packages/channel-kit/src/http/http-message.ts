import type { AddressRule } from "./address-rules.ts";

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Instead of `body`: a stream of bytes. A `content-length` header states how many. */
  readonly stream?: AsyncIterable<Uint8Array>;
  /** The URL came from outside, not from the settings: only a public address is connected to. */
  readonly isForeign?: boolean;
  /** Aborts the call. Without it, only the client's deadline does. */
  readonly signal?: AbortSignal;
}

/** The headers of an answer. Names are found in any case; a name that came several times has its values joined. */
export interface AnswerHeaders {
  /** Null if there is none of that name. */
  get(name: string): string | null;
}

/** The platform answered, with any status. Redirects are answers too; the client follows none. */
export interface HttpAnswer {
  readonly kind: "answer";
  readonly status: number;
  readonly headers: AnswerHeaders;
  readonly text: string;
  /** The body exceeded the limit, or the connection broke during it. */
  readonly truncated: boolean;
}

/**
 * No answer came.
 *
 * - `unsent`: the platform did not receive the request (no address, connection refused, no TLS, aborted before it was
 *   written).
 * - `unanswered`: it may have received the request (no answer in time, connection lost, aborted after writing began).
 */
export interface HttpFailure {
  readonly kind: "unsent" | "unanswered";
  readonly reason: "network" | "timeout" | "aborted";
  /** The system's error code, such as `ECONNREFUSED`; never text of the request. */
  readonly networkCode: string;
  /** Why the address of a foreign URL was refused. */
  readonly refusedAddress?: AddressRule;
}

/** An answer whose body has not been read. The caller iterates it to the end or cancels it. */
export interface HttpDownload {
  readonly kind: "download";
  readonly status: number;
  readonly headers: AnswerHeaders;
  readonly body: AsyncIterable<Uint8Array>;
  cancel(): Promise<void>;
}

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Instead of `body`: bytes as they come. A `content-length` header tells the platform how many. */
  readonly stream?: AsyncIterable<Uint8Array>;
  /** Gives the call up; without one only the client's own deadline does. */
  readonly signal?: AbortSignal;
}

/** The platform answered, with whatever status. Redirects are answers: none is ever followed. */
export interface HttpAnswer {
  readonly kind: "answer";
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body was longer than the cap, or broke off. */
  readonly truncated: boolean;
}

/**
 * No answer came.
 *
 * - `unsent`: the platform did not get the request (no address, refused, no TLS, given up before it was written).
 * - `unanswered`: it may have got it (no answer in time, connection lost, given up under way).
 */
export interface HttpFailure {
  readonly kind: "unsent" | "unanswered";
  readonly reason: "network" | "timeout" | "aborted";
  /** The system's word for it, such as `ECONNREFUSED`; never text from the request. */
  readonly networkCode: string;
}

/** An answer whose body is still on the wire. The caller iterates it to the end, or cancels it. */
export interface HttpDownload {
  readonly kind: "download";
  readonly status: number;
  readonly headers: Headers;
  readonly body: AsyncIterable<Uint8Array>;
  cancel(): Promise<void>;
}

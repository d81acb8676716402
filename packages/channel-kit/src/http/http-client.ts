import { BlockList, type LookupFunction } from "node:net";
import { startDeadline } from "@mio/pacing";
import type { Dispatcher } from "undici";
import { toAnswerHeaders } from "./answer-headers.ts";
import { connections } from "./connections.ts";
import { exchange } from "./exchange.ts";
import { openForeignConnections } from "./foreign-connections.ts";
import type { HttpAnswer, HttpDownload, HttpFailure, HttpRequest } from "./http-message.ts";
import { networkFailure } from "./network-failure.ts";
import { givenUpBefore, type Outgoing, toOutgoing } from "./outgoing.ts";
import { GateClosed, openGate } from "./write-gate.ts";

export interface HttpClientOptions {
  readonly userAgent: string;
  /**
   * The time limit of one call, from the first byte sent to the last byte received; of a download, until the headers.
   */
  readonly timeoutMs: number;
  /** Answers are cut at this size and marked `truncated`. Downloads are not. */
  readonly maxResponseBytes: number;
  /** Addresses that are not public and that foreign URLs may still lead to; none by default. */
  readonly allowedAddresses?: BlockList;
  /** Resolves the hosts of foreign URLs in place of the system. */
  readonly lookup?: LookupFunction;
}

/** Calls a platform. It returns network failures instead of throwing them. It never logs and never retries. */
export interface HttpClient {
  call(request: HttpRequest): Promise<HttpAnswer | HttpFailure>;
  /** Takes every URL for a foreign one. Leaves the body unread. The request's signal also ends the body; the client's deadline does not. */
  download(request: HttpRequest): Promise<HttpDownload | HttpFailure>;
}

/**
 * An HTTP client for one platform.
 *
 * It follows no redirects, so credentials never reach a host that the adapter did not name. It writes no request for
 * a call that has lost its right (`callWhile`). It connects a foreign URL to public addresses only. Its failures contain no URL, header or body, so they may be logged.
 */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { userAgent, timeoutMs, allowedAddresses = new BlockList(), lookup } = options;
  const foreign = openForeignConnections(allowedAddresses, lookup);
  return {
    call: async (request) => {
      const outgoing = toOutgoing(request, userAgent);
      if (outgoing.kind !== "outgoing") return outgoing;
      return await exchange(request.isForeign ? foreign : connections, outgoing, options);
    },
    download: async (request) => {
      const outgoing = toOutgoing(request, userAgent);
      return outgoing.kind === "outgoing" ? await beginDownload(foreign, outgoing, timeoutMs) : outgoing;
    },
  };
}

/** The caller iterates the body to its end or destroys it. Until then, the caller's signal ends it. */
async function beginDownload(
  foreign: Dispatcher,
  { target, mayCall, signal: caller }: Outgoing,
  timeoutMs: number,
): Promise<HttpDownload | HttpFailure> {
  const limit = startDeadline(caller, timeoutMs);
  const { signal } = limit;
  const gate = openGate(foreign, () => !signal.aborted && mayCall());
  try {
    const answer = await gate.dispatcher.request({ ...target, signal });
    const { statusCode: status, body } = answer;
    limit.lift();
    body.once("close", () => limit[Symbol.dispose]());
    // A reader gets the error from the iterator. Without this listener, an error of an unread body would end the
    // process.
    body.on("error", () => undefined);
    const cancel = async (): Promise<void> => {
      body.destroy();
    };
    return { kind: "download", status, headers: toAnswerHeaders(answer.headers), body, cancel };
  } catch (error) {
    limit[Symbol.dispose]();
    if (error instanceof GateClosed) return givenUpBefore;
    const isGivenUp = signal.aborted;
    return networkFailure(isGivenUp ? signal.reason : error, { isWritten: gate.isPassed(), isGivenUp });
  }
}

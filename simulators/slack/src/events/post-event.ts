import { createHmac } from "node:crypto";
import type { Clock } from "@mio/pacing";

/** Slack follows at most this many redirects. */
const maxRedirects = 2;

export interface EventsTarget {
  readonly url: string | undefined;
  readonly secret: string;
}

/** The result of one request. `error` is Slack's reason for the retry. */
export interface PostOutcome {
  readonly status: number;
  readonly error: string | undefined;
  readonly noRetry: boolean;
  readonly text: string;
}

export interface PostOptions {
  readonly target: EventsTarget;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
  readonly forged?: boolean;
  readonly staleSeconds?: number;
}

/** The value of `X-Slack-Signature`. `timestamp` is in seconds. */
export function signSlackRequest(body: string | Uint8Array, secret: string, timestamp: number): string {
  return `v0=${createHmac("sha256", secret).update(`v0:${timestamp}:`).update(body).digest("hex")}`;
}

/** Posts signed bytes once, as Slack does. */
export async function postEvent(body: string | Uint8Array, options: PostOptions): Promise<PostOutcome> {
  const { target, clock, signal, staleSeconds = 0 } = options;
  if (target.url === undefined) return failed(0, "no_url");
  const timestamp = Math.floor(clock.now().getTime() / 1_000) - staleSeconds;
  const secret = options.forged ? `not ${target.secret}` : target.secret;
  const headers = {
    accept: "*/*",
    "content-type": "application/json",
    "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
    "x-slack-request-timestamp": String(timestamp),
    "x-slack-signature": signSlackRequest(body, secret, timestamp),
    ...options.headers,
  };
  const timeout = AbortSignal.timeout(options.timeoutMs);
  try {
    const request = { headers, body, signal: AbortSignal.any([signal, timeout]) };
    return await follow(target.url, request);
  } catch {
    return failed(0, timeout.aborted ? "http_timeout" : "connection_failed");
  }
}

async function follow(
  address: string,
  {
    headers,
    body,
    signal,
  }: {
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string | Uint8Array;
    readonly signal: AbortSignal;
  },
): Promise<PostOutcome> {
  let url = address;
  for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
    const bytes = typeof body === "string" ? body : new Uint8Array(body);
    const response = await fetch(url, { method: "POST", headers, body: bytes, redirect: "manual", signal });
    const text = await response.text();
    const location = response.headers.get("location");
    const isRedirect = [301, 302, 307, 308].includes(response.status) && location !== null;
    if (!isRedirect) {
      const noRetry = response.headers.get("x-slack-no-retry") === "1";
      const error = response.ok ? undefined : "http_error";
      return { status: response.status, error, noRetry, text };
    }
    url = new URL(location, url).href;
  }
  return failed(0, "too_many_redirects");
}

function failed(status: number, error: string): PostOutcome {
  return { status, error, noRetry: false, text: "" };
}

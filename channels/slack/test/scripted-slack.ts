import {
  type AccountAccess,
  createLocalVault,
  type HttpAnswer,
  type HttpClient,
  type HttpFailure,
  type HttpRequest,
  type TokenSource,
} from "@mio/channel-kit";
import { accountUnderTest } from "@mio/channel-kit/contract";
import { createSlackClient, type SlackClient } from "../src/access/client.ts";

/** A method's answer: fields, a whole answer with a status, or none. */
export type Scripted = object | HttpAnswer | HttpFailure;

/** A call that Slack received. */
export interface ScriptedCall {
  readonly method: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface ScriptedSlack {
  readonly client: SlackClient;
  readonly http: HttpClient;
  readonly calls: readonly ScriptedCall[];
  /** The names of the methods that were called, in order. */
  methods(): readonly string[];
}

export type Script = Readonly<Record<string, Scripted | ((call: ScriptedCall) => Scripted)>>;

export const silence: HttpFailure = { kind: "unanswered", reason: "timeout", networkCode: "TIMEOUT" };

export function refused(error: string, more: object = {}): object {
  return { ok: false, error, ...more };
}

/** A Slack for unit tests, which answers by method; messages get the ts 1.1, 2.1 and so on. */
export function scriptedSlack(
  script: Script = {},
  given: { readonly tokens?: TokenSource; readonly account?: AccountAccess } = {},
): ScriptedSlack {
  const calls: ScriptedCall[] = [];
  let posts = 0;
  const http: HttpClient = {
    call: (request) => {
      const call = toCall(request);
      calls.push(call);
      const step = script[call.method];
      const answer = typeof step === "function" ? step(call) : step;
      if (posting.has(call.method)) posts += 1;
      return Promise.resolve(toOutcome(answer ?? usual(call, posts)));
    },
    download: () => Promise.reject(new Error("nothing to download")),
  };
  const { tokens = tokenUnderTest(), account = accountUnderTest({ vault: createLocalVault() }) } = given;
  const baseUrl = new URL("https://slack.test/api/");
  const client = createSlackClient({ http, tokens, account, baseUrl, now });
  return { client, http, calls, methods: () => calls.map(({ method }) => method) };
}

export const now = (): Date => new Date("2026-05-03T10:00:00Z");

export function tokenUnderTest(): TokenSource {
  return { get: () => Promise.resolve("xoxb-secret"), invalidate: () => false };
}

/** An answer whose body is `fields`. */
export function answered(fields: object, status = 200, headers: Record<string, string> = {}): HttpAnswer {
  return {
    kind: "answer",
    status,
    headers: new Headers(headers),
    text: JSON.stringify(fields),
    truncated: false,
  };
}

const posting: ReadonlySet<string> = new Set(["chat.postMessage", "chat.startStream"]);

function usual({ method, fields }: ScriptedCall, posts: number): object {
  const { channel, thread_ts } = fields;
  if (method === "chat.startStream") return { ok: true, channel, ts: `${posts}.1` };
  if (method !== "chat.postMessage") return { ok: true };
  return {
    ok: true,
    channel,
    ts: `${posts}.1`,
    message: { ts: `${posts}.1`, ...(thread_ts && { thread_ts }) },
  };
}

function toOutcome(step: Scripted): HttpAnswer | HttpFailure {
  return isOutcome(step) ? step : answered(step);
}

function isOutcome(step: Scripted): step is HttpAnswer | HttpFailure {
  return "kind" in step;
}

function toCall({ url, body = "" }: HttpRequest): ScriptedCall {
  const method = url.pathname.split("/").at(-1) ?? "";
  return { method, fields: Object.fromEntries(new URLSearchParams(body)) };
}

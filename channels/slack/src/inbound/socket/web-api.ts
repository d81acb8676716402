import { type HttpAnswer, type HttpClient, retryAfterMs } from "@mio/channel-kit";
import { MioError } from "@mio/failure";
import { z } from "zod";
import { refusalIn } from "./refusals.ts";

/** The owner of the tokens. */
export interface Identity {
  readonly teamId: string;
  readonly enterpriseId: string;
  readonly userId: string;
  readonly botId: string;
}

export type Answer<T> =
  | { readonly kind: "ok"; readonly value: T }
  /**
   * Only a person can help. `reason` is Slack's error code; `workspace` is the token's workspace if it is the wrong
   * one.
   */
  | { readonly kind: "refused"; readonly reason: string; readonly workspace?: string }
  | { readonly kind: "failed"; readonly error: MioError; readonly retryAfterMs?: number };

/** The two calls before a socket. */
export interface SocketApi {
  whoAmI(botToken: string, signal: AbortSignal): Promise<Answer<Identity>>;
  /** The address of a new connection. It is valid briefly, for one connection, and secret. */
  openConnection(appToken: string, signal: AbortSignal): Promise<Answer<URL>>;
}

export interface SocketApiOptions {
  readonly http: HttpClient;
  readonly baseUrl: URL;
  readonly now: () => Date;
}

const word = z
  .string()
  .nullish()
  .transform((value) => value ?? "");
const refused = z.object({ ok: z.literal(false), error: z.string() });
const identity = z.object({
  ok: z.literal(true),
  team_id: word,
  enterprise_id: word,
  user_id: word,
  bot_id: word,
});
const connection = z.object({ ok: z.literal(true), url: z.string() });

export function createSocketApi(options: SocketApiOptions): SocketApi {
  return {
    whoAmI: async (botToken, signal) =>
      flatMap(await call("auth.test", { token: botToken, signal, options }), (json) => {
        const { data } = identity.safeParse(json);
        return (
          data && {
            teamId: data.team_id,
            enterpriseId: data.enterprise_id,
            userId: data.user_id,
            botId: data.bot_id,
          }
        );
      }),
    openConnection: async (appToken, signal) =>
      flatMap(await call("apps.connections.open", { token: appToken, signal, options }), (json) =>
        socketUrl(connection.safeParse(json).data?.url, options.baseUrl),
      ),
  };
}

/** Unencrypted only if the API is unencrypted on this machine. */
function socketUrl(address: string | undefined, { protocol }: URL): URL | undefined {
  const url = URL.parse(address ?? "");
  return url?.protocol === (protocol === "https:" ? "wss:" : "ws:") ? url : undefined;
}

interface Call {
  readonly token: string;
  readonly signal: AbortSignal;
  readonly options: SocketApiOptions;
}

async function call(method: string, { token, signal, options }: Call): Promise<Answer<unknown>> {
  const outcome = await options.http.call({
    method: "POST",
    url: new URL(method, options.baseUrl),
    headers: { authorization: `Bearer ${token}`, "content-type": "application/x-www-form-urlencoded" },
    signal,
  });
  if (outcome.kind !== "answer") return failed(`${method} got no answer (${outcome.networkCode})`);
  const json = jsonOf(outcome);
  const error = refused.safeParse(json).data?.error;
  if (outcome.status === 200 && error === undefined) return { kind: "ok", value: json };
  const reason = refusalIn(error ?? "") ?? (outcome.status === 401 ? "invalid_auth" : undefined);
  if (reason !== undefined) return { kind: "refused", reason };
  const after = retryAfterMs(outcome.headers.get("retry-after"), options.now());
  return failed(`${method} answered ${outcome.status} ${errorWord(error)}`.trim(), after);
}

/** NOTE: only text that looks like an error code is passed on, because an answer may quote the request. */
function errorWord(error: string | undefined): string {
  return error !== undefined && /^[a-z_]{1,40}$/.test(error) ? error : "";
}

function flatMap<T>(answer: Answer<unknown>, read: (json: unknown) => T | undefined): Answer<T> {
  if (answer.kind !== "ok") return answer;
  const value = read(answer.value);
  return value === undefined ? failed("the answer cannot be read") : { kind: "ok", value };
}

function failed(what: string, after?: number): Answer<never> {
  const error = new MioError("socket.unavailable", `No socket from Slack: ${what}.`, { retry: "soon" });
  return { kind: "failed", error, ...(after === undefined ? {} : { retryAfterMs: after }) };
}

function jsonOf({ text }: HttpAnswer): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

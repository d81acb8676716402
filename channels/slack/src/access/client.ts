import type { AccountAccess, HttpAnswer, HttpClient, TokenSource } from "@mio/channel-kit";
import { refusedToken } from "./error-table.ts";
import { platformCodeOf, toDeliveryError } from "./failure.ts";
import { parseAnswer } from "./parse-answer.ts";
import type { SlackMethods } from "./slack-methods.ts";

/** One call of a Web API method. */
export interface SlackCall<Method extends keyof SlackMethods> {
  readonly method: Method;
  readonly args: SlackMethods[Method]["args"];
  readonly signal: AbortSignal;
  /** A second call shows the same as one. */
  readonly repeatable: boolean;
  /** It changes a message that exists. */
  readonly isChange?: boolean;
}

export interface SlackClient {
  /**
   * Calls a method; after a refused token once more, with a fresh one.
   *
   * @throws DeliveryError unless Slack answers `ok`.
   */
  call<Method extends keyof SlackMethods>(call: SlackCall<Method>): Promise<SlackMethods[Method]["answer"]>;
}

export interface SlackClientOptions {
  readonly baseUrl: URL;
  readonly http: HttpClient;
  readonly tokens: TokenSource;
  readonly now: () => Date;
  readonly account: AccountAccess;
}

/** A client of Slack's Web API for one account. It reports to the vault whether Slack accepts the account's token. */
export function createSlackClient(options: SlackClientOptions): SlackClient {
  const { tokens } = options;
  const health = createHealth(options.account);
  const withFreshToken = async <Method extends keyof SlackMethods>(
    call: SlackCall<Method>,
  ): Promise<SlackMethods[Method]["answer"]> => {
    const token = await tokens.get(call.signal);
    try {
      return await callOnce(options, call, token);
    } catch (error) {
      const code = platformCodeOf(error);
      if (code === undefined || !refusedToken.has(code) || !tokens.invalidate(token)) throw error;
      return await callOnce(options, call, await tokens.get(call.signal));
    }
  };
  return { call: (call) => health.watch(withFreshToken(call)) };
}

async function callOnce<Method extends keyof SlackMethods>(
  { http, baseUrl, now }: SlackClientOptions,
  call: SlackCall<Method>,
  token: string,
): Promise<SlackMethods[Method]["answer"]> {
  const outcome = await http.call({
    method: "POST",
    url: new URL(call.method, baseUrl),
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/x-www-form-urlencoded; charset=utf-8",
    },
    body: toForm(call.args),
    signal: call.signal,
  });
  if (outcome.kind === "answer" && outcome.status === 200 && parseAnswer(outcome).ok === true) {
    return toAnswer(outcome);
  }
  throw toDeliveryError(outcome, { ...call, now: now() });
}

/** The arguments as a form: objects and lists as JSON, absent values left out. */
function toForm(args: object = {}): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(args)) {
    if (value === undefined || value === null) continue;
    form.set(name, typeof value === "object" ? JSON.stringify(value) : String(value));
  }
  return form.toString();
}

/** The body, with the scopes of the token, which Slack names in a header. Its fields are taken as documented. */
function toAnswer<Answer extends object>({ text, headers }: HttpAnswer): Answer {
  const answer = JSON.parse(text);
  const scopes = headers
    .get("x-oauth-scopes")
    ?.split(",")
    .map((scope) => scope.trim());
  if (scopes === undefined) return answer;
  return { ...answer, response_metadata: { ...answer.response_metadata, scopes } };
}

interface Health {
  watch<Answer>(call: Promise<Answer>): Promise<Answer>;
}

/** Reports to the vault when Slack rejects the account's token, and when Slack accepts it again. */
function createHealth({ vault }: AccountAccess): Health {
  let reported = false;
  const report = async (reason: string | undefined): Promise<void> => {
    reported = reason !== undefined;
    const health =
      reason === undefined ? ({ state: "ok" } as const) : ({ state: "reauth_required", reason } as const);
    // The call's outcome does not depend on this report.
    await vault.report(health).catch(() => undefined);
  };
  return {
    watch: async (call) => {
      try {
        const answer = await call;
        if (reported) await report(undefined);
        return answer;
      } catch (error) {
        const code = platformCodeOf(error);
        if (code !== undefined && refusedToken.has(code)) await report(code);
        throw error;
      }
    },
  };
}

import {
  type AccountAccess,
  type Credentials,
  createTokenSource,
  DeliveryError,
  type HttpClient,
  type NewCredentials,
  type TokenSource,
} from "@mio/channel-kit";
import { z } from "zod";
import { toDeliveryError } from "./failure.ts";
import { parseAnswer } from "./parse-answer.ts";

/** Rotated tokens live for twelve hours. */
const leadMs = 30 * 60_000;
/** How often an account without credentials of its own is looked at again. */
const lookAgainMs = 30_000;

export interface BotTokenOptions {
  readonly account: AccountAccess;
  readonly http: HttpClient;
  readonly baseUrl: URL;
  readonly now: () => Date;
  /** For accounts that have none of their own. */
  readonly sharedToken: string | undefined;
  /** What it takes to renew tokens that rotate. */
  readonly app: { readonly clientId: string; readonly clientSecret: string } | undefined;
}

/** The account's bot token: its own, renewed where tokens rotate, else the one of the settings. */
export function createBotTokens(options: BotTokenOptions): TokenSource {
  const { account, now, sharedToken } = options;
  const own = createTokenSource({
    vault: account.vault,
    now,
    tokenName: "bot_token",
    leadMs,
    refresh: (held, signal) => rotate(held, { options, signal }),
  });
  let lookedAt: number | undefined;
  let hasOwn = false;
  const findOwn = async (): Promise<boolean> => {
    const at = now().getTime();
    if (hasOwn || (lookedAt !== undefined && at - lookedAt < lookAgainMs)) return hasOwn;
    const held = await account.vault.read();
    hasOwn = Boolean(held?.secrets["bot_token"] || held?.secrets["refresh_token"]);
    lookedAt = at;
    return hasOwn;
  };
  return {
    get: async (signal) => {
      if (await findOwn()) return own.get(signal);
      if (sharedToken) return sharedToken;
      throw refused("The account has no bot_token, and SLACK_BOT_TOKEN is not set.");
    },
    invalidate: (token, minAgeMs) => hasOwn && own.invalidate(token, minAgeMs),
  };
}

interface Rotation {
  readonly options: BotTokenOptions;
  readonly signal: AbortSignal;
}

async function rotate(held: Credentials | undefined, { options, signal }: Rotation): Promise<NewCredentials> {
  const refreshToken = held?.secrets["refresh_token"];
  if (!refreshToken) throw refused("Slack refused the account's bot_token; keep a new one.");
  if (options.app === undefined) {
    throw refused("The account's token rotates: set SLACK_CLIENT_ID and SLACK_CLIENT_SECRET.");
  }
  const fields = {
    grant_type: "refresh_token",
    refresh_token: refreshToken,
    client_id: options.app.clientId,
    client_secret: options.app.clientSecret,
  };
  const outcome = await options.http.call({
    method: "POST",
    url: new URL("oauth.v2.access", options.baseUrl),
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(fields).toString(),
    signal,
  });
  const now = options.now();
  const answer =
    outcome.kind === "answer" && parseAnswer(outcome).ok === true ? granted(outcome.text) : undefined;
  if (answer === undefined) {
    const error = toDeliveryError(outcome, { now, repeatable: true });
    throw error.kind === "permanent" ? refused("Slack refuses to renew the account's token.", error) : error;
  }
  const { access_token, refresh_token, expires_in } = answer;
  return {
    secrets: { ...held?.secrets, bot_token: access_token, refresh_token: refresh_token ?? refreshToken },
    expiresAt: expires_in === undefined ? undefined : new Date(now.getTime() + expires_in * 1000),
  };
}

const grant = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).optional(),
  expires_in: z.number().positive().optional(),
});

function granted(text: string): z.output<typeof grant> | undefined {
  try {
    return grant.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function refused(message: string, cause?: DeliveryError): DeliveryError {
  const reason = cause === undefined ? "auth" : "refresh_failed";
  return new DeliveryError({ kind: "permanent", reason, message, details: cause?.details ?? {} });
}

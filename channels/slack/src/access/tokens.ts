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

/** Rotated tokens expire after twelve hours. */
const leadMs = 30 * 60_000;
/** How long the account's stored secrets are cached. */
const lookAgainMs = 30_000;

export interface BotTokenOptions {
  readonly account: AccountAccess;
  readonly http: HttpClient;
  readonly baseUrl: URL;
  readonly now: () => Date;
  /** For accounts without a token of their own. */
  readonly sharedToken: string | undefined;
  /** Needed to renew tokens that rotate. */
  readonly app: { readonly clientId: string; readonly clientSecret: string } | undefined;
}

/** The account's bot token: its own, renewed if tokens rotate, else the one of the settings. */
export function createBotTokens(options: BotTokenOptions): TokenSource {
  const { account, now, sharedToken } = options;
  const rotating = createTokenSource({
    vault: account.vault,
    now,
    tokenName: "bot_token",
    leadMs,
    refresh: (held, signal) => rotate(held, { options, signal }),
  });
  let secrets: Credentials["secrets"] | undefined;
  let lookAgainAt = 0;
  const look = async (): Promise<Credentials["secrets"]> => {
    const at = now().getTime();
    if (secrets !== undefined && at < lookAgainAt) return secrets;
    try {
      secrets = (await account.vault.read())?.secrets ?? {};
      lookAgainAt = at + lookAgainMs;
    } catch (cause) {
      // While the vault is unreachable, its last contents are most likely still valid.
      if (secrets === undefined) throw vaultAway(cause);
    }
    return secrets;
  };
  return {
    get: async (signal) => {
      const { refresh_token: refreshToken, bot_token: ownToken } = await look();
      if (refreshToken) return rotating.get(signal);
      const token = ownToken || sharedToken;
      if (token) return token;
      throw refused("The account has no bot_token, and SLACK_BOT_TOKEN is not set.");
    },
    invalidate: (token, minAgeMs) => {
      if (secrets?.["refresh_token"]) return rotating.invalidate(token, minAgeMs);
      // A token that does not rotate cannot be renewed, but a person may have replaced it.
      lookAgainAt = 0;
      return false;
    },
  };
}

interface Rotation {
  readonly options: BotTokenOptions;
  readonly signal: AbortSignal;
}

async function rotate(held: Credentials | undefined, { options, signal }: Rotation): Promise<NewCredentials> {
  const refreshToken = held?.secrets["refresh_token"];
  if (!refreshToken) throw refused("Slack rejected the account's bot_token; store a new one.");
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
    throw error.kind === "permanent"
      ? refused("Slack rejects the renewal of the account's token.", error)
      : error;
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

function vaultAway(cause: unknown): DeliveryError {
  const message = "The account's credentials could not be read.";
  return new DeliveryError({ kind: "transient", reason: "refresh_failed", message, cause });
}

function refused(message: string, cause?: DeliveryError): DeliveryError {
  const reason = cause === undefined ? "auth" : "refresh_failed";
  return new DeliveryError({ kind: "permanent", reason, message, details: cause?.details ?? {} });
}

import { randomBytes } from "node:crypto";
import { createBoundedMap } from "@mio/pacing";
import type { SlackOauth } from "../types.ts";
import type { Core } from "../workspace/core.ts";
import { type Answer, no, ok } from "./answer.ts";
import type { Args } from "./args.ts";

/** Number of tokens and codes kept; the oldest are dropped. */
const maxKept = 10_000;

export const botScopes: readonly string[] = [
  "app_mentions:read",
  "channels:history",
  "channels:read",
  "chat:write",
  "files:read",
  "files:write",
  "groups:history",
  "im:history",
  "mpim:history",
  "reactions:read",
  "reactions:write",
  "users:read",
];

/** The owner of a token, or Slack's error word. */
export type Caller =
  | { readonly kind: "bot" | "app"; readonly core: Core }
  | { readonly kind: "refused"; readonly error: "not_authed" | "invalid_auth" | "token_expired" };

/** Issues and checks the tokens of all workspaces. */
export interface Tokens {
  /** Registers the first tokens of a workspace. */
  install(core: Core, given: { readonly bot: string; readonly app: string; readonly refresh: string }): void;
  callerOf(token: string | undefined): Caller;
  /** `oauth.v2.access`: exchanges a code or a refresh token. */
  grant(args: Args, basic: string | undefined): Answer;
  installCode(core: Core): string;
  expire(core: Core): void;
}

export interface TokensOptions {
  readonly oauth: SlackOauth;
  readonly lifetimeSeconds: number;
  readonly now: () => Date;
  /** Whether to reject a second use of a refresh token. Uses up one strike of `token_race`. */
  readonly isRace: () => boolean;
}

interface Access {
  readonly kind: "bot" | "app";
  readonly core: Core;
  readonly expiresAt: number;
  /** The refresh token that was exchanged for this token. It expires when this token is used. */
  readonly replaces?: string;
}

interface Refresh {
  readonly core: Core;
  readonly uses: number;
}

/**
 * Token rotation. A refresh token stays valid until the access token it returned is used, so a lost answer does no harm.
 * The fault `token_race` makes it valid for one use only.
 *
 * @see https://docs.slack.dev/authentication/using-token-rotation
 */
export function createTokens(options: TokensOptions): Tokens {
  const { lifetimeSeconds, now } = options;
  const accesses = createBoundedMap<string, Access>(maxKept);
  const refreshes = createBoundedMap<string, Refresh>(maxKept);
  const codes = createBoundedMap<string, Core>(maxKept);
  const newToken = (prefix: string): string => `${prefix}${randomBytes(24).toString("hex")}`;

  const issue = (core: Core, replaces?: string): Answer => {
    const token = newToken("xoxe.xoxb-1-");
    const refresh = newToken("xoxe-1-");
    const expiresAt = now().getTime() + lifetimeSeconds * 1_000;
    accesses.set(token, { kind: "bot", core, expiresAt, ...(replaces === undefined ? {} : { replaces }) });
    refreshes.set(refresh, { core, uses: 0 });
    return ok({
      access_token: token,
      expires_in: lifetimeSeconds,
      refresh_token: refresh,
      token_type: "bot",
      scope: core.scopes.join(","),
      bot_user_id: core.bot.userId,
      app_id: core.bot.appId,
      team: { id: core.team.id, name: core.team.name },
      enterprise: null,
      is_enterprise_install: false,
      ...(replaces === undefined ? { authed_user: { id: core.installerId } } : {}),
    });
  };
  const trade = (refreshToken: string): Answer => {
    const held = refreshes.peek(refreshToken);
    if (!held || (held.uses > 0 && options.isRace())) return no("invalid_refresh_token");
    refreshes.set(refreshToken, { ...held, uses: held.uses + 1 });
    return issue(held.core, refreshToken);
  };
  const redeem = (code: string): Answer => {
    const core = codes.peek(code);
    codes.delete(code);
    return core ? issue(core) : no("invalid_code");
  };

  return {
    install(core, given) {
      const never = Number.POSITIVE_INFINITY;
      accesses.set(given.bot, { kind: "bot", core, expiresAt: never });
      accesses.set(given.app, { kind: "app", core, expiresAt: never });
      refreshes.set(given.refresh, { core, uses: 0 });
    },
    callerOf(token) {
      if (token === undefined) return { kind: "refused", error: "not_authed" };
      const access = accesses.peek(token);
      if (!access) return { kind: "refused", error: "invalid_auth" };
      if (access.expiresAt <= now().getTime()) return { kind: "refused", error: "token_expired" };
      if (access.replaces !== undefined) refreshes.delete(access.replaces);
      return { kind: access.kind, core: access.core };
    },
    grant(args, basic) {
      const error = clientError(args, basic, options.oauth);
      if (error !== undefined) return no(error);
      const grantType = args.text("grant_type") ?? "authorization_code";
      if (grantType === "refresh_token") return trade(args.text("refresh_token") ?? "");
      return grantType === "authorization_code" ? redeem(args.text("code") ?? "") : no("invalid_grant_type");
    },
    installCode(core) {
      const code = newToken("");
      codes.set(code, core);
      return code;
    },
    expire(core) {
      for (const [token, access] of [...accesses]) {
        if (access.core === core && access.kind === "bot") accesses.set(token, { ...access, expiresAt: 0 });
      }
    },
  };
}

/** Accepts client id and secret as arguments or as basic authentication. */
function clientError(args: Args, basic: string | undefined, oauth: SlackOauth): string | undefined {
  const [basicId, basicSecret] = Buffer.from(basic ?? "", "base64")
    .toString()
    .split(":");
  const id = args.text("client_id") ?? basicId;
  if (id !== oauth.clientId) return "invalid_client_id";
  return (args.text("client_secret") ?? basicSecret) === oauth.clientSecret ? undefined : "bad_client_secret";
}

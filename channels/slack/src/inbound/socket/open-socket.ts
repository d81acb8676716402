import type { AccountAccess, HttpClient, SocketInbound, TokenSource } from "@mio/channel-kit";
import type { Settings } from "../../settings.ts";
import type { SocketTokens } from "./opening.ts";
import { createSocketInbound } from "./socket-inbound.ts";
import { systemTimers } from "./timers.ts";
import { createSocketApi } from "./web-api.ts";
import { openWire } from "./wire.ts";

export interface OpenSocketOptions {
  readonly settings: Settings;
  readonly baseUrl: URL;
  readonly http: HttpClient;
  readonly now: () => Date;
  readonly tokensOf: (account: AccountAccess) => TokenSource;
}

/** Socket Mode over real sockets, for every account with an app token. */
export function openSocket(options: OpenSocketOptions): SocketInbound {
  const { settings, baseUrl, http, now } = options;
  return createSocketInbound({
    api: createSocketApi({ http, baseUrl, now }),
    openWire,
    timers: systemTimers,
    now,
    random: Math.random,
    botMessages: settings.SLACK_BOT_MESSAGES,
    tokens: (account) => socketTokens(account, options),
  });
}

/** An account's own tokens take precedence over those of the settings. */
async function socketTokens(
  account: AccountAccess,
  { settings, tokensOf }: OpenSocketOptions,
): Promise<SocketTokens | undefined> {
  const held = await account.vault.read();
  const appToken = held?.secrets["app_token"] || settings.SLACK_APP_TOKEN;
  if (!appToken) return undefined;
  const own = held?.secrets["bot_token"] || held?.secrets["refresh_token"];
  const botTokens = own || settings.SLACK_BOT_TOKEN ? tokensOf(account) : undefined;
  return { version: held?.version ?? "settings", appToken, botTokens };
}

import {
  createHttpClient,
  type HttpClient,
  type OpenChannel,
  type Outbound,
  type WebhookInbound,
} from "@mio/channel-kit";
import { MioError } from "@mio/failure";
import { createFetcher } from "./attachments.ts";
import { type BotIds, parseBotIds } from "./bot-ids.ts";
import { createCliqClient } from "./client.ts";
import { type Credentials, createTokenSource, type TokenSource } from "./credentials.ts";
import { normalize } from "./normalize.ts";
import { parsePayload } from "./payload.ts";
import { createSender } from "./send.ts";
import { parseHosts, type Settings } from "./settings.ts";
import { verify } from "./verify.ts";

const userAgent = "mio/0.1";
const callTimeoutMs = 10_000;
const tokenTimeoutMs = 5_000;
const maxAnswerBytes = 1_048_576;

export interface Surroundings {
  readonly now: () => Date;
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * Binds the channel to its settings; no I/O.
 *
 * @throws MioError `config.invalid` when only some of the credentials are set.
 */
export function openZohoCliq(settings: Settings, surroundings: Surroundings): OpenChannel {
  const ownBots = parseBotIds(settings.CLIQ_BOT_ID);
  const baseUrl = new URL(settings.CLIQ_API_BASE_URL);
  const speaker = speakerOf(settings);
  const http = httpClient(callTimeoutMs, surroundings);
  const tokens = speaker === undefined ? undefined : tokenSource(speaker, settings, surroundings);
  const attachments = createFetcher({
    http,
    baseUrl,
    hosts: parseHosts(settings.CLIQ_ATTACHMENT_HOSTS),
    tokens,
  });
  const webhook = inbound(ownBots);
  if (tokens === undefined || speaker === undefined) return { webhook, attachments, notes: [sendingIsOff] };
  const client = createCliqClient({ baseUrl, http, tokens, now: surroundings.now });
  const { botName } = speaker;
  const outbound: Outbound = {
    connect: () => createSender({ client, botName, ownBots, now: surroundings.now }),
  };
  return { webhook, attachments, outbound };
}

function inbound(ownBots: BotIds): WebhookInbound {
  return {
    routeAliases: ["/cliq"],
    secretNames: ["cliq-webhook-secret", "zoho-cliq-webhook-secret"],
    verify,
    read: (body, receivedAt) => normalize(parsePayload(body), receivedAt, ownBots),
  };
}

const sendingIsOff =
  "zoho_cliq sends nothing: set CLIQ_CLIENT_ID, CLIQ_CLIENT_SECRET, CLIQ_REFRESH_TOKEN and CLIQ_BOT_NAME.";

interface Speaker extends Credentials {
  readonly botName: string;
}

function speakerOf(settings: Settings): Speaker | undefined {
  const { CLIQ_CLIENT_ID, CLIQ_CLIENT_SECRET, CLIQ_REFRESH_TOKEN, CLIQ_BOT_NAME } = settings;
  if (!CLIQ_CLIENT_ID && !CLIQ_CLIENT_SECRET && !CLIQ_REFRESH_TOKEN) return undefined;
  if (CLIQ_CLIENT_ID && CLIQ_CLIENT_SECRET && CLIQ_REFRESH_TOKEN && CLIQ_BOT_NAME) {
    return {
      clientId: CLIQ_CLIENT_ID,
      clientSecret: CLIQ_CLIENT_SECRET,
      refreshToken: CLIQ_REFRESH_TOKEN,
      botName: CLIQ_BOT_NAME,
    };
  }
  const wanted = { CLIQ_CLIENT_ID, CLIQ_CLIENT_SECRET, CLIQ_REFRESH_TOKEN, CLIQ_BOT_NAME };
  const missing = Object.entries(wanted).flatMap(([name, value]) => (value ? [] : [name]));
  const message = `To send to Cliq, also set ${missing.join(", ")}; to not send, remove the other credentials.`;
  throw new MioError("config.invalid", message);
}

function tokenSource(credentials: Credentials, settings: Settings, surroundings: Surroundings): TokenSource {
  return createTokenSource({
    credentials,
    url: new URL(settings.CLIQ_OAUTH_URL),
    http: httpClient(tokenTimeoutMs, surroundings),
    now: surroundings.now,
  });
}

function httpClient(timeoutMs: number, { fetch }: Surroundings): HttpClient {
  const options = { userAgent, timeoutMs, maxResponseBytes: maxAnswerBytes };
  return createHttpClient(fetch === undefined ? options : { ...options, fetch });
}

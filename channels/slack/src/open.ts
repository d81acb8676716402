import type { BlockList } from "node:net";
import {
  addressesBeside,
  createHttpClient,
  type HttpClient,
  type OpenChannel,
  parseHosts,
  perAccount,
  type WebhookInbound,
} from "@mio/channel-kit";
import { createFetcher } from "./access/attachments.ts";
import { createPeople } from "./access/people.ts";
import { createBotTokens } from "./access/tokens.ts";
import { normalize } from "./inbound/normalize.ts";
import { parseBody } from "./inbound/payload.ts";
import { openSocket } from "./inbound/socket/open-socket.ts";
import { verify } from "./inbound/verify.ts";
import { createOutbound } from "./outbound/outbound.ts";
import type { Settings } from "./settings.ts";

const userAgent = "mio/0.1";
const callTimeoutMs = 10_000;
const uploadTimeoutMs = 120_000;
const maxAnswerBytes = 1_048_576;

export interface OpenOptions {
  readonly now: () => Date;
}

const onlyOwnTokens =
  "slack sends only for accounts with their own bot_token; set SLACK_BOT_TOKEN for the others.";

/**
 * Binds the channel to its settings; no I/O. An account's own credentials take precedence over those of the settings.
 */
export function openSlack(settings: Settings, options: OpenOptions): OpenChannel {
  const { now } = options;
  const {
    SLACK_BOT_TOKEN: sharedToken,
    SLACK_CLIENT_ID: clientId,
    SLACK_CLIENT_SECRET: clientSecret,
  } = settings;
  const app = clientId && clientSecret ? { clientId, clientSecret } : undefined;
  const baseUrl = new URL(settings.SLACK_API_BASE_URL.replace(/\/?$/, "/"));
  const allowedAddresses = addressesBeside(baseUrl, settings.SLACK_FILE_ADDRESSES);
  const http = httpClient(callTimeoutMs, allowedAddresses);
  const uploads = httpClient(uploadTimeoutMs, allowedAddresses);
  const tokensOf = perAccount((account) =>
    createBotTokens({ account, http, baseUrl, now, sharedToken, app }),
  );
  return {
    webhook: webhookInbound(settings),
    socket: openSocket({ settings, baseUrl, http, now, tokensOf }),
    outbound: createOutbound({ baseUrl, http, uploads, tokensOf, now }),
    attachments: createFetcher({ http, baseUrl, hosts: parseHosts(settings.SLACK_FILE_HOSTS), tokensOf }),
    people: createPeople({ baseUrl, http, tokensOf, now }),
    notes: sharedToken ? [] : [onlyOwnTokens],
  };
}

function webhookInbound({ SLACK_BOT_MESSAGES: botMessages }: Settings): WebhookInbound {
  return {
    routeAliases: [],
    secretNames: ["slack-webhook-secret"],
    verify,
    read: (body, receivedAt) => normalize(parseBody(body), { receivedAt, botMessages }),
  };
}

function httpClient(timeoutMs: number, allowedAddresses: BlockList): HttpClient {
  return createHttpClient({ userAgent, timeoutMs, maxResponseBytes: maxAnswerBytes, allowedAddresses });
}

import {
  type AccountAccess,
  addressesBeside,
  createHttpClient,
  type HttpClient,
  type Identity,
  type InstallFlow,
  type OpenChannel,
  type Outbound,
  parseHosts,
  perAccount,
  type WebhookInbound,
} from "@mio/channel-kit";
import { MioError } from "@mio/failure";
import { createFetcher } from "./access/attachments.ts";
import { type CliqClient, createCliqClient } from "./access/client.ts";
import { type CliqAccess, createCliqAccess, freshMs } from "./access/cliq-access.ts";
import { createInstallFlow } from "./access/install.ts";
import { createSharedGrants } from "./access/shared-grants.ts";
import type { OauthClient, TokenEndpoint } from "./access/token-endpoint.ts";
import { type BotIds, parseBotIds } from "./identity/bot-ids.ts";
import { resolveEditTarget } from "./identity/edit-target.ts";
import { normalize } from "./inbound/normalize.ts";
import { parsePayload } from "./inbound/payload.ts";
import { verify } from "./inbound/verify.ts";
import { createSender } from "./outbound/send.ts";
import { addresses, type Settings } from "./settings.ts";

const userAgent = "mio/0.1";
const callTimeoutMs = 10_000;
const uploadTimeoutMs = 35_000;
const tokenTimeoutMs = 5_000;
const httpLimits = { userAgent, maxResponseBytes: 1_048_576 };

export interface OpenOptions {
  readonly now: () => Date;
}

/**
 * Binds the channel to its settings; no I/O.
 *
 * @throws MioError `config.invalid` when only some of the credentials are set.
 */
export function openZohoCliq(settings: Settings, options: OpenOptions): OpenChannel {
  const ownBots = parseBotIds(settings.CLIQ_BOT_ID);
  const { baseUrl } = addresses(settings);
  const allowedAddresses = addressesBeside(baseUrl, settings.CLIQ_ATTACHMENT_ADDRESSES);
  const http = createHttpClient({ ...httpLimits, timeoutMs: callTimeoutMs, allowedAddresses });
  const hosts = parseHosts(settings.CLIQ_ATTACHMENT_HOSTS);
  const webhook = inbound(ownBots);
  const client = oauthClientOf(settings);
  if (client === undefined) {
    const attachments = createFetcher({ http, baseUrl, hosts, access: undefined });
    return { webhook, attachments, notes: [sendingIsOff] };
  }
  const endpoint = { http: httpClient(tokenTimeoutMs), client, now: options.now };
  const access = accessOf(settings, endpoint);
  const attachments = createFetcher({ http, baseUrl, hosts, access });
  const install = installFlow(settings, endpoint);
  const botName = settings.CLIQ_BOT_NAME;
  if (!botName) return { webhook, attachments, install, notes: [sendingIsOff] };
  const uploads = httpClient(uploadTimeoutMs);
  const { now } = options;
  const clientOf = (account: AccountAccess): CliqClient =>
    createCliqClient({ access: access(account), http, uploads, now });
  const outbound: Outbound = {
    resolveEditTarget,
    connect: (account) => createSender({ client: clientOf(account), botName, ownBots, now }),
    identify: (account, signal) => listOneChannel(clientOf(account), signal),
  };
  const open = { webhook, attachments, install, outbound };
  return settings.CLIQ_REFRESH_TOKEN ? open : { ...open, notes: [ownTokensOnly] };
}

/** With Mio's scopes, no call of Cliq returns the user or the workspace. */
async function listOneChannel(client: CliqClient, signal: AbortSignal): Promise<Identity> {
  await client.call({ method: "GET", path: ["channels"], query: { limit: "1" }, signal, repeatable: true });
  return { workspaces: [] };
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
const ownTokensOnly =
  "zoho_cliq sends only for accounts with their own authorisation: CLIQ_REFRESH_TOKEN is not set.";

/** Without a refresh token, each account needs its own. A refresh token requires all other credentials. */
function oauthClientOf(settings: Settings): OauthClient | undefined {
  const { CLIQ_CLIENT_ID, CLIQ_CLIENT_SECRET, CLIQ_REFRESH_TOKEN, CLIQ_BOT_NAME } = settings;
  if (!CLIQ_CLIENT_ID && !CLIQ_CLIENT_SECRET && !CLIQ_REFRESH_TOKEN) return undefined;
  const speaks = CLIQ_REFRESH_TOKEN ? Boolean(CLIQ_BOT_NAME) : true;
  if (CLIQ_CLIENT_ID && CLIQ_CLIENT_SECRET && speaks) {
    return { clientId: CLIQ_CLIENT_ID, clientSecret: CLIQ_CLIENT_SECRET };
  }
  const wanted = { CLIQ_CLIENT_ID, CLIQ_CLIENT_SECRET, ...(speaks ? {} : { CLIQ_BOT_NAME }) };
  const missing = Object.entries(wanted).flatMap(([name, value]) => (value ? [] : [name]));
  const message = `To send to Cliq, also set ${missing.join(", ")}; to not send, remove the other credentials.`;
  throw new MioError("config.invalid", message);
}

function accessOf(settings: Settings, endpoint: TokenEndpoint): (account: AccountAccess) => CliqAccess {
  const refreshToken = settings.CLIQ_REFRESH_TOKEN || undefined;
  const grants = createSharedGrants({ endpoint, freshMs });
  const options = { grants, now: endpoint.now, ...addresses(settings), refreshToken };
  return perAccount((account) => createCliqAccess(account, options));
}

function installFlow(settings: Settings, endpoint: TokenEndpoint): InstallFlow {
  return createInstallFlow({
    endpoint,
    oauthUrl: addresses(settings).oauthUrl,
    scope: settings.CLIQ_OAUTH_SCOPE,
  });
}

function httpClient(timeoutMs: number): HttpClient {
  return createHttpClient({ ...httpLimits, timeoutMs });
}

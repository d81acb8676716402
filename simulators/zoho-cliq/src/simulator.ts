import { systemClock } from "@mio/pacing";
import {
  type ApiPort,
  createControlServer,
  createEventLog,
  openApi,
  openSimulator,
  waitForEvent,
  waitForMessage,
} from "@mio/simulator-kit";
import { createActs } from "./acts.ts";
import { createApiServer } from "./api/server.ts";
import { createTokens } from "./api/tokens.ts";
import { acts } from "./control/acts.ts";
import { reads } from "./control/reads.ts";
import { createFaultBoard } from "./faults.ts";
import { createCliqLedger } from "./ledger.ts";
import { serveCliqPage } from "./page/serve-page.ts";
import { organizationId } from "./people.ts";
import { createCliqState } from "./state.ts";
import type { CliqEvent, CliqSimulator, CliqSimulatorOptions, Controlled, SimMessage } from "./types.ts";
import { createWebhookSender, type WebhookTarget } from "./webhook/sender.ts";

const maxEvents = 20_000;

/**
 * Starts a simulated Zoho Cliq on two ports: one for the platform API, one for page and control API. All state is in
 * memory.
 * The caller disposes it.
 *
 * @example
 * await using cliq = await startCliqSimulator({ webhookUrl: "http://127.0.0.1:8080/webhooks/zoho-cliq" });
 * await cliq.say({ chat: "general", user: "Alice", text: "hello" });
 * await cliq.waitForMessage((message) => message.author.kind === "bot");
 */
export async function startCliqSimulator(options: CliqSimulatorOptions = {}): Promise<CliqSimulator> {
  const host = options.host ?? "127.0.0.1";
  const parts = assemble(options);
  const { api, state, events, closing } = parts;
  const port = await openApi(api, { host, port: options.apiPort ?? 0 });
  const apiBaseUrl = `http://${port.host}`;
  parts.opened(port);

  const simulator: Controlled = {
    apiBaseUrl,
    oauthUrl: `${apiBaseUrl}/oauth/v2/token`,
    oauth: parts.oauth,
    bot: parts.bot,
    organizationId,
    faults: parts.faults,
    events,
    ...parts.acts,
    ...createCliqLedger(events),
    get webhookSecret() {
      return parts.target().secret;
    },
    get webhookUrl() {
      return parts.target().url;
    },
    setWebhook: parts.setWebhook,
    chats: state.chats,
    users: state.users,
    messages: (reference) => state.messages(state.findChat(reference)?.id ?? ""),
    visiblePosts: () => [...state.allMessages()].filter(isVisiblePost),
    expireTokens: parts.tokens.expireAll,
    waitFor: (predicate, wait) => waitForEvent(events, predicate, wait),
    waitForMessage: (predicate, wait) => waitForMessage({ events, messageOf, messages }, predicate, wait),
  };
  const messages = (): readonly SimMessage[] => state.chats().flatMap(({ id }) => state.messages(id));
  const control = createControlServer(simulator, { acts, reads, closing: closing.signal });
  serveCliqPage(control, simulator, state);
  return await openSimulator(simulator, {
    ...{ api, control, closing },
    address: { host, port: options.port ?? 0 },
    settle: parts.faults.settled,
  });
}

/** All parts that need no open port, wired together. */
function assemble(options: CliqSimulatorOptions) {
  const clock = options.clock ?? systemClock;
  const closing = new AbortController();
  const events = createEventLog<CliqEvent>({ capacity: maxEvents, now: clock.now });
  const state = createCliqState({ clock, events, maxMessages: options.maxMessages ?? 50_000 });
  const admin = state.ensureUser("Cliq Admin");
  for (const user of options.users ?? ["Alice Nguyen", "Bob Tran"]) state.ensureDm(state.ensureUser(user));
  for (const channel of options.channels ?? ["general", "support"]) state.ensureChat(channel);

  let target: WebhookTarget = {
    url: options.webhookUrl,
    secret: options.webhookSecret ?? "dev-webhook-secret",
  };
  let opened: ApiPort | undefined;
  const apiBaseUrl = (): string => (opened ? `http://${opened.host}` : "");
  const faults = createFaultBoard({
    ...{ clock, closing: closing.signal },
    port: () => opened?.gate,
    changed: () => events.append({ type: "faults.changed" }),
  });
  const bot = { id: "b-1974166000016769005", uniqueName: "mio", name: "Mio", ...options.bot };
  const oauth = options.oauth ?? {
    clientId: "1000.SIMULATED",
    clientSecret: "simulated-client-secret",
    refreshToken: "1000.simulated.refresh",
  };
  const tokens = createTokens({
    oauth,
    lifetimeSeconds: options.tokenLifetimeSeconds ?? 3_600,
    apiDomain: () => options.apiDomain ?? apiBaseUrl(),
    rotates: options.rotateRefreshToken ?? false,
    now: clock.now,
  });
  const apiUser = { kind: "api_user", id: admin.id, name: admin.name } as const;
  const platform = { state, bot, apiUser };
  const api = createApiServer({ platform, tokens, faults, clock, events, closing: closing.signal });
  const send = createWebhookSender({
    target: () => target,
    signing: { encoding: options.encoding ?? "base64", prefix: options.signaturePrefix ?? true },
    clock,
    events,
    faults,
    closing: closing.signal,
  });
  const fileUrl = (token: string): string =>
    `${apiBaseUrl()}/company/${organizationId}/v2/attachments/${token}?type=transient`;
  const acts = createActs({ state, bot, send, fileUrl, now: clock.now });

  return {
    ...{ api, state, events, closing, faults, bot, oauth, tokens, acts },
    target: () => target,
    setWebhook: ({ url, secret }: { readonly url: string | undefined; readonly secret?: string }): void => {
      target = { url, secret: secret ?? target.secret };
    },
    opened: (port: ApiPort): void => {
      opened = port;
    },
  };
}

function messageOf(event: CliqEvent): SimMessage | undefined {
  return "message" in event ? event.message : undefined;
}

function isVisiblePost(message: SimMessage): boolean {
  return message.author.kind !== "user" && message.deletedAt === undefined;
}

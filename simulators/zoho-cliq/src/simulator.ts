import { systemClock } from "@mio/pacing";
import {
  createEventLog,
  createGate,
  type Gate,
  portOf,
  urlHost,
  type WritableEventLog,
  waitForEvent,
} from "@mio/simulator-kit";
import { createActs } from "./acts.ts";
import { createApiServer } from "./api/server.ts";
import { createTokens } from "./api/tokens.ts";
import { createControlServer } from "./control/server.ts";
import { createFaultBoard, type FaultBoard } from "./faults.ts";
import { createTrafficLedger } from "./ledger.ts";
import { organizationId } from "./people.ts";
import { createCliqState } from "./state.ts";
import type { CliqEvent, CliqSimulator, CliqSimulatorOptions, SimMessage } from "./types.ts";
import { createWebhookSender, type WebhookTarget } from "./webhook/sender.ts";

const maxEvents = 20_000;

/**
 * Starts a Zoho Cliq of your own: two ports (platform API; page and control API), all state in memory.
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
  await api.listen({ host, port: options.apiPort ?? 0 });
  const apiPort = portOf(api);
  const apiBaseUrl = `http://${urlHost(host)}:${apiPort}`;
  parts.opened({ gate: createGate(api.server, { host, port: apiPort }), apiBaseUrl });

  const simulator: Omit<CliqSimulator, "url" | typeof Symbol.asyncDispose> = {
    apiBaseUrl,
    oauthUrl: `${apiBaseUrl}/oauth/v2/token`,
    oauth: parts.oauth,
    bot: parts.bot,
    organizationId,
    faults: parts.faults,
    events,
    ...parts.acts,
    ...createTrafficLedger(events),
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
    waitForMessage: (predicate, wait) => waitForMessage(simulator, predicate, wait),
  };
  const control = createControlServer(simulator, { state, closing: closing.signal });
  await control.listen({ host, port: options.port ?? 0 }).catch(async (error: unknown) => {
    await api.close();
    throw error;
  });

  return Object.assign(simulator, {
    url: `http://${urlHost(host)}:${portOf(control)}`,
    async [Symbol.asyncDispose]() {
      closing.abort(new Error("the simulator was stopped"));
      await parts.faults.settled();
      await Promise.all([api.close(), control.close()]);
    },
  });
}

/** Everything that needs no port, wired together. */
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
  let opened: { readonly gate: Gate; readonly apiBaseUrl: string } | undefined;
  const apiBaseUrl = (): string => opened?.apiBaseUrl ?? "";
  const faults = createFaults({ events, gate: () => opened?.gate, clock, closing: closing.signal });
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
    opened: (port: { readonly gate: Gate; readonly apiBaseUrl: string }): void => {
      opened = port;
    },
  };
}

function createFaults(context: {
  readonly events: WritableEventLog<CliqEvent>;
  readonly gate: () => Gate | undefined;
  readonly clock: { sleep(ms: number, signal?: AbortSignal): Promise<void> };
  readonly closing: AbortSignal;
}): FaultBoard {
  const { events, gate, clock, closing } = context;
  let isRefusing = false;
  const changed = (): void => {
    events.append({ type: "faults.changed" });
    const refusal = board.active().find((fault) => fault.name === "refuse_connections");
    if ((refusal !== undefined) === isRefusing) return;
    isRefusing = refusal !== undefined;
    if (refusal) gate()?.shut();
    else gate()?.open();
    const ms = refusal?.options.ms;
    const reopen = (): void => board.clear("refuse_connections");
    if (ms !== undefined) clock.sleep(ms, closing).then(reopen, () => undefined);
  };
  const board = createFaultBoard({ changed, settled: async () => await gate()?.settled() });
  return board;
}

async function waitForMessage(
  simulator: Pick<CliqSimulator, "events" | "chats" | "messages">,
  predicate: (message: SimMessage) => boolean,
  options: Parameters<CliqSimulator["waitForMessage"]>[1] = {},
): Promise<SimMessage> {
  const { after = simulator.events.lastSeq } = options;
  const present = simulator.chats().flatMap((chat) => simulator.messages(chat.id));
  const known = options.after === undefined ? present.find(predicate) : undefined;
  if (known) return known;
  let found: SimMessage | undefined;
  await waitForEvent(
    simulator.events,
    (event) => {
      if (!("message" in event) || !predicate(event.message)) return false;
      found = event.message;
      return true;
    },
    { ...options, after },
  );
  if (!found) throw new Error("unreachable: the wait ended without its message");
  return found;
}

function isVisiblePost(message: SimMessage): boolean {
  return message.author.kind !== "user" && message.deletedAt === undefined;
}

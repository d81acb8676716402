import { randomBytes } from "node:crypto";
import { MioError } from "@mio/failure";
import { type Clock, systemClock } from "@mio/pacing";
import { createEventLog, type Gate, type WritableEventLog } from "@mio/simulator-kit";
import type { FastifyInstance } from "fastify";
import { createApiServer } from "./api/server.ts";
import { botScopes, createTokens } from "./api/tokens.ts";
import { createEventSender, type EventSender } from "./events/event-sender.ts";
import { createWebhookSender, type WebhookSender } from "./events/webhook-sender.ts";
import { createFaults } from "./fault-effects.ts";
import type { SlackFaultBoard } from "./faults.ts";
import { createNextId } from "./identifiers.ts";
import { createSocketHub, type SocketHub } from "./socket/hub.ts";
import type { SlackEvent, SlackTransport } from "./traffic.ts";
import type { SlackOauth, SlackSimulatorOptions, SlackWorkspace } from "./types.ts";
import type { Core } from "./workspace/core.ts";
import { createWorkspace, type Platform, type WorkspaceSettings } from "./workspace/create-workspace.ts";

const maxEvents = 20_000;
const maxWorkspaces = 100;
/** Slack retries almost at once, after one minute and after five. */
const slackRetryDelaysMs = [100, 60_000, 300_000];

/** The open port of the API. */
export interface Opened {
  readonly gate: Gate;
  readonly origin: string;
}

/** A workspace: its public interface and its internals. */
export interface WorkspaceParts {
  readonly workspace: SlackWorkspace;
  readonly core: Core;
}

/** All parts that need no open port, wired together. */
export interface Assembly {
  readonly api: FastifyInstance;
  readonly hub: SocketHub;
  readonly eventSender: EventSender;
  readonly webhook: WebhookSender;
  readonly events: WritableEventLog<SlackEvent>;
  readonly faults: SlackFaultBoard;
  readonly oauth: SlackOauth;
  readonly closing: AbortController;
  transport(): SlackTransport;
  setTransport(transport: SlackTransport): void;
  opened(port: Opened): void;
  addWorkspace(settings: Omit<WorkspaceSettings, "botName">): SlackWorkspace;
  workspaces(): readonly WorkspaceParts[];
}

export function assemble(options: SlackSimulatorOptions): Assembly {
  const clock = options.clock ?? systemClock;
  const closing = new AbortController();
  const events = createEventLog<SlackEvent>({ capacity: maxEvents, now: clock.now });
  let opened: Opened | undefined;
  const wiring = { clock, events, closing: closing.signal, gate: () => opened?.gate };
  const { eventSender, faults, hub, webhook, ...transport } = wireDelivery(options, wiring);
  const oauth = options.oauth ?? { clientId: "1000.2000", clientSecret: randomBytes(16).toString("hex") };
  const tokens = createTokens({
    oauth,
    lifetimeSeconds: options.tokenLifetimeSeconds ?? 43_200,
    now: clock.now,
    isRace: () => faults.take("token_race") !== undefined,
  });
  const platform: Platform = {
    ...{ clock, events, eventSender, tokens, issueTicket: hub.issueTicket },
    nextId: createNextId(),
    origin: () => opened?.origin ?? "",
    maxMessages: options.maxMessages ?? 50_000,
    scopes: options.scopes ?? botScopes,
  };
  const workspaces = new Map<string, WorkspaceParts>();
  const findCore = (teamId: string): Core | undefined => workspaces.get(teamId)?.core;
  const api = createApiServer({ tokens, faults, clock, events, findCore, closing: closing.signal });
  api.server.on("upgrade", hub.accept);

  return {
    ...{ api, hub, eventSender, webhook, events, faults, oauth, closing, ...transport },
    opened: (port) => {
      opened = port;
    },
    addWorkspace: (settings) => {
      if (workspaces.size >= maxWorkspaces)
        throw new MioError("simulator.bad_request", "There are too many workspaces.");
      const made = createWorkspace({ ...settings, botName: options.bot?.name ?? "Mio" }, platform);
      workspaces.set(made.core.team.id, made);
      return made.workspace;
    },
    workspaces: () => [...workspaces.values()],
  };
}

type Delivery = Pick<Assembly, "eventSender" | "faults" | "hub" | "webhook" | "transport" | "setTransport">;

/** Wires the delivery of events: both transports, the faults, and the sender. */
function wireDelivery(
  options: SlackSimulatorOptions,
  wiring: {
    readonly clock: Clock;
    readonly events: WritableEventLog<SlackEvent>;
    readonly closing: AbortSignal;
    readonly gate: () => Gate | undefined;
  },
): Delivery {
  let transport: SlackTransport =
    options.transport ?? (options.eventsUrl === undefined ? "socket" : "webhook");
  const webhook = createWebhookSender({
    ...wiring,
    target: { url: options.eventsUrl, secret: options.signingSecret ?? "dev-signing-secret" },
    timeoutMs: options.eventTimeoutMs ?? 3_000,
  });
  const faults: SlackFaultBoard = createFaults({ ...wiring, hub: () => hub });
  const hub: SocketHub = createSocketHub({
    ...wiring,
    faults,
    ackTimeoutMs: options.ackTimeoutMs ?? 3_000,
    pingIntervalMs: options.pingIntervalMs ?? 10_000,
  });
  const eventSender = createEventSender({
    ...wiring,
    faults,
    transport: () => transport,
    transports: { webhook: webhook.transport, socket: hub },
    retryDelaysMs: options.retryDelaysMs ?? slackRetryDelaysMs,
  });
  return {
    ...{ eventSender, faults, hub, webhook },
    transport: () => transport,
    setTransport: (next) => {
      transport = next;
    },
  };
}

import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Clock } from "@mio/pacing";
import type { WritableEventLog } from "@mio/simulator-kit";
import { WebSocketServer } from "ws";
import type { Attempt, DeliveryResult, EventTransport } from "../events/event-sender.ts";
import type { OutgoingEvent } from "../events/outgoing-event.ts";
import type { SlackFaultBoard } from "../faults.ts";
import type { SlackEvent, SlackSocket } from "../traffic.ts";
import { type Connection, createConnection, type Wire } from "./connection.ts";
import { helloFrame, tooManyFrame } from "./frames.ts";
import { strikeConnection } from "./strike-connection.ts";
import { createTickets, type SocketOwner } from "./tickets.ts";

/** Limit for frames of the app, which are small acknowledgements. */
const maxFrameBytes = 1024 * 1024;
/** Slack's limit for connections of one app. */
const maxConnections = 10;

/** All Socket Mode connections. Delivers events to the apps that have one. */
export interface SocketHub extends EventTransport {
  /** Issues a ticket for one connection. */
  issueTicket(owner: SocketOwner): string;
  /** Handles an HTTP upgrade. */
  accept(request: IncomingMessage, tcp: Duplex, head: Buffer): void;
  sockets(): readonly SlackSocket[];
  /** Applies socket faults to open connections. */
  strike(): void;
  terminateAll(): void;
}

export interface HubOptions {
  readonly clock: Clock;
  readonly events: WritableEventLog<SlackEvent>;
  readonly faults: Pick<SlackFaultBoard, "take">;
  readonly ackTimeoutMs: number;
  readonly pingIntervalMs: number;
  readonly closing: AbortSignal;
}

export function createSocketHub(options: HubOptions): SocketHub {
  // A frozen connection must not answer pings, so the automatic pong is off.
  const server = new WebSocketServer({ noServer: true, autoPong: false, maxPayload: maxFrameBytes });
  const tickets = createTickets();
  const connections = createConnections(options);
  let turn = 0;

  return {
    issueTicket: tickets.issue,
    accept(request, tcp, head) {
      // A client that disconnects during the handshake must not crash the process.
      tcp.on("error", () => tcp.destroy());
      const { searchParams } = new URL(request.url ?? "/", "http://slack.invalid");
      const owner = tickets.redeem(searchParams.get("ticket") ?? "");
      if (owner) server.handleUpgrade(request, tcp, head, (ws) => connections.add({ ws, tcp }, owner));
      else tcp.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    },
    sockets: () => [...connections.all].map((connection) => connection.socket()),
    strike: () => {
      for (const connection of connections.all) strikeConnection(connection, options);
    },
    terminateAll: () => {
      for (const connection of connections.all) connection.terminate();
    },
    async deliver(outgoing, attempt) {
      const open = connections.ofApp(outgoing.appId);
      turn += 1;
      const connection = open[turn % Math.max(1, open.length)];
      if (!connection) return { status: 0, error: "connection_failed" };
      return await deliverThrough(connection, { outgoing, attempt, options });
    },
    async ready({ appId }, signal) {
      const opened = Promise.withResolvers<void>();
      const look = (): void => {
        if (signal.aborted || connections.ofApp(appId).length > 0) opened.resolve();
      };
      connections.arrivals.add(look);
      signal.addEventListener("abort", look, { once: true });
      look();
      await opened.promise;
      connections.arrivals.delete(look);
    },
  };
}

/** The open connections. */
interface Connections {
  readonly all: ReadonlySet<Connection>;
  /** Callbacks that run when a connection opens. */
  readonly arrivals: Set<() => void>;
  ofApp(appId: string): readonly Connection[];
  add(wire: Wire, owner: SocketOwner): void;
}

function createConnections(options: HubOptions): Connections {
  const { clock, events } = options;
  const all = new Set<Connection>();
  const arrivals = new Set<() => void>();
  const ofApp = (appId: string): readonly Connection[] =>
    [...all].filter((connection) => connection.socket().appId === appId);
  const changed = (socket: SlackSocket): void => events.append({ type: "socket.changed", socket });
  let serial = 0;

  return {
    all,
    arrivals,
    ofApp,
    add(wire, owner) {
      const { ws } = wire;
      ws.on("error", () => undefined);
      if (ofApp(owner.appId).length >= maxConnections) {
        ws.send(JSON.stringify(tooManyFrame));
        ws.close(1000);
        return;
      }
      serial += 1;
      const connection = createConnection(wire, {
        ...{ id: `S${serial}`, ...owner, openedAt: clock.now(), changed },
      });
      all.add(connection);
      const pings = setInterval(connection.ping, options.pingIntervalMs);
      ws.on("close", () => {
        clearInterval(pings);
        all.delete(connection);
        events.append({ type: "socket.closed", socket: connection.socket() });
      });
      connection.send(helloFrame(owner.appId, ofApp(owner.appId).length));
      events.append({ type: "socket.opened", socket: connection.socket() });
      strikeConnection(connection, options);
      for (const arrived of [...arrivals]) arrived();
    },
  };
}

async function deliverThrough(
  connection: Connection,
  context: { readonly outgoing: OutgoingEvent; readonly attempt: Attempt; readonly options: HubOptions },
): Promise<DeliveryResult> {
  const { outgoing, attempt, options } = context;
  const done = new AbortController();
  const late = new AbortController();
  const timer = options.clock
    .sleep(options.ackTimeoutMs, AbortSignal.any([attempt.signal, done.signal]))
    .catch(() => undefined)
    .then(() => late.abort());
  const result = await connection.deliver(
    {
      envelopeId: randomUUID(),
      payload: JSON.parse(outgoing.body),
      retryAttempt: attempt.number,
      retryReason: attempt.reason ?? "",
    },
    late.signal,
  );
  done.abort();
  await timer;
  return result ?? { status: 0, error: "timeout", socketId: connection.socket().id };
}

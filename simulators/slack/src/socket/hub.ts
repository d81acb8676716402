import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Clock } from "@mio/pacing";
import type { WritableEventLog } from "@mio/simulator-kit";
import { WebSocketServer } from "ws";
import type { Attempt, Carrier, Handed } from "../events/courier.ts";
import type { Parcel } from "../events/parcel.ts";
import type { SlackFaultBoard } from "../faults.ts";
import type { SlackEvent, SlackSocket } from "../traffic.ts";
import { type Connection, createConnection, type Wire } from "./connection.ts";
import { helloFrame, tooManyFrame } from "./frames.ts";
import { strikeConnection } from "./strike-connection.ts";
import { createTickets, type SocketOwner } from "./tickets.ts";

/** Acknowledgements are small. */
const maxFrameBytes = 1024 * 1024;
/** Connections one app may have. */
const maxConnections = 10;

/** All Socket Mode connections; the way events take to an app that has some. */
export interface SocketHub extends Carrier {
  /** Gives out an address for one connection. */
  issueTicket(owner: SocketOwner): string;
  /** Takes over a connection that wants to be a socket. */
  accept(request: IncomingMessage, tcp: Duplex, head: Buffer): void;
  sockets(): readonly SlackSocket[];
  /** Lets faults of sockets strike those that are open. */
  strike(): void;
  cutAll(): void;
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
  // A deaf connection answers no ping, so the answers are ours to give.
  const server = new WebSocketServer({ noServer: true, autoPong: false, maxPayload: maxFrameBytes });
  const tickets = createTickets();
  const switchboard = createSwitchboard(options);
  let turn = 0;

  return {
    issueTicket: tickets.issue,
    accept(request, tcp, head) {
      // Whoever leaves in the middle of a handshake must not end the process.
      tcp.on("error", () => tcp.destroy());
      const { searchParams } = new URL(request.url ?? "/", "http://slack.invalid");
      const owner = tickets.redeem(searchParams.get("ticket") ?? "");
      if (owner) server.handleUpgrade(request, tcp, head, (ws) => switchboard.open({ ws, tcp }, owner));
      else tcp.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    },
    sockets: () => [...switchboard.connections].map((connection) => connection.socket()),
    strike: () => {
      for (const connection of switchboard.connections) strikeConnection(connection, options);
    },
    cutAll: () => {
      for (const connection of switchboard.connections) connection.cut();
    },
    async hand(parcel, attempt) {
      const open = switchboard.ofApp(parcel.appId);
      turn += 1;
      const connection = open[turn % Math.max(1, open.length)];
      if (!connection) return { status: 0, error: "connection_failed" };
      return await handThrough(connection, { parcel, attempt, options });
    },
    async ready({ appId }, signal) {
      const opened = Promise.withResolvers<void>();
      const look = (): void => {
        if (signal.aborted || switchboard.ofApp(appId).length > 0) opened.resolve();
      };
      switchboard.arrivals.add(look);
      signal.addEventListener("abort", look, { once: true });
      look();
      await opened.promise;
      switchboard.arrivals.delete(look);
    },
  };
}

/** The connections that are open. */
interface Switchboard {
  readonly connections: ReadonlySet<Connection>;
  /** Called whenever one more is open. */
  readonly arrivals: Set<() => void>;
  ofApp(appId: string): readonly Connection[];
  open(wire: Wire, owner: SocketOwner): void;
}

function createSwitchboard(options: HubOptions): Switchboard {
  const { clock, events } = options;
  const connections = new Set<Connection>();
  const arrivals = new Set<() => void>();
  const ofApp = (appId: string): readonly Connection[] =>
    [...connections].filter((connection) => connection.socket().appId === appId);
  const changed = (socket: SlackSocket): void => events.append({ type: "socket.changed", socket });
  let serial = 0;

  return {
    connections,
    arrivals,
    ofApp,
    open(wire, owner) {
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
      connections.add(connection);
      const pings = setInterval(connection.ping, options.pingIntervalMs);
      ws.on("close", () => {
        clearInterval(pings);
        connections.delete(connection);
        events.append({ type: "socket.closed", socket: connection.socket() });
      });
      connection.send(helloFrame(owner.appId, ofApp(owner.appId).length));
      events.append({ type: "socket.opened", socket: connection.socket() });
      strikeConnection(connection, options);
      for (const arrived of [...arrivals]) arrived();
    },
  };
}

async function handThrough(
  connection: Connection,
  context: { readonly parcel: Parcel; readonly attempt: Attempt; readonly options: HubOptions },
): Promise<Handed> {
  const { parcel, attempt, options } = context;
  const done = new AbortController();
  const late = new AbortController();
  const timer = options.clock
    .sleep(options.ackTimeoutMs, AbortSignal.any([attempt.signal, done.signal]))
    .catch(() => undefined)
    .then(() => late.abort());
  const handed = await connection.deliver(
    {
      envelopeId: randomUUID(),
      payload: JSON.parse(parcel.body),
      retryAttempt: attempt.number,
      retryReason: attempt.reason ?? "",
    },
    late.signal,
  );
  done.abort();
  await timer;
  return handed ?? { status: 0, error: "timeout", socketId: connection.socket().id };
}

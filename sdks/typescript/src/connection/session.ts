import { setTimeout as delay } from "node:timers/promises";
import { MioError } from "@mio/failure";
import { type JetStreamClient, type JetStreamManager, jetstream } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { EventListener } from "../events.ts";
import { createLink, type Link } from "./link.ts";

/** What every part of the SDK works with. */
export interface Session {
  readonly nc: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  readonly onEvent: EventListener;
  /** Aborts when the connection is being disposed. */
  readonly closing: AbortSignal;
  readonly link: Link;
  /** Work for which disposal waits. */
  readonly running: Set<Promise<void>>;
  /** Called once the connection is closed and will not come back. */
  readonly ended: Set<() => void>;
}

/** The time limit of one request, so that an unresponsive server is noticed. */
const apiTimeoutMs = 5_000;

/** A session on a live connection, and the controller that ends it. */
export async function openSession(
  nc: NatsConnection,
  onEvent: EventListener,
): Promise<{ readonly session: Session; readonly controller: AbortController }> {
  const js = jetstream(nc, { timeout: apiTimeoutMs });
  const jsm = await js.jetstreamManager(false);
  const controller = new AbortController();
  const closing = controller.signal;
  const [link, running, ended] = [createLink(), new Set<Promise<void>>(), new Set<() => void>()];
  const session: Session = { nc, js, jsm, onEvent, closing, link, running, ended };
  void nc.closed().then(() => {
    // Ends the waits for a connection that will not come back.
    link.restored();
    for (const end of ended) end();
  });
  return { session, controller };
}

/** @throws MioError `sdk.closed` when the connection was disposed. */
export function assertOpen(session: Session): void {
  if (!session.closing.aborted && !session.nc.isClosed()) return;
  throw new MioError("sdk.closed", "The connection to Mio was disposed; connect again.");
}

/** How long disposal waits until pending acknowledgements and commands have reached the server. */
const drainMs = 5_000;

/** Waits for running handlers, flushes and closes. Does not flush while the server is unreachable. */
export async function closeSession(session: Session): Promise<void> {
  await Promise.allSettled(session.running);
  if (session.nc.isClosed()) return;
  if (session.link.isUp) await drain(session);
  await session.nc.close();
}

async function drain({ nc, link }: Session): Promise<void> {
  const patience = new AbortController();
  const tooLong = delay(drainMs, undefined, { signal: patience.signal }).catch(() => {});
  await Promise.race([link.guard(nc.drain()).catch(() => {}), tooLong]);
  patience.abort();
}

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFreePorts, type NatsServer, startNats } from "@mio/embedded";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { inject } from "vitest";
import { eventually } from "./eventually.ts";
import type {} from "./vitest-setup.ts";

/** Servers that replicate each other's streams. */
export interface NatsCluster extends AsyncDisposable {
  /** By name, as in `cluster.leader` of a stream. */
  readonly servers: ReadonlyMap<string, NatsServer>;
}

const size = 3;
/** Elections take seconds, and longer on a busy machine. */
const leaderTimeoutMs = 30_000;

/** Starts three nats-servers that keep their streams on disk; resolves once JetStream has a leader. */
export async function clusteredNats(): Promise<NatsCluster> {
  await using opening = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), "mio-test-nats-"));
  opening.defer(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }));
  const routePorts = await findFreePorts(size);
  const starting = routePorts.map(async (routePort, index) => {
    const serverName = `nats-${index + 1}`;
    const server = await startNats({
      binary: inject("mioNatsServer"),
      dir: join(dir, serverName),
      syncAlways: false,
      cluster: { serverName, routePort, routePorts },
    });
    opening.use(server);
    return [serverName, server] as const;
  });
  // If one server fails to start, the others must still be stopped.
  await Promise.allSettled(starting);
  const servers = new Map(await Promise.all(starting));
  for (const { url } of servers.values()) await untilLed(url);
  const opened = opening.move();
  return { servers, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

async function untilLed(url: string): Promise<void> {
  const nc = await connect({ servers: url });
  try {
    const jsm = await jetstreamManager(nc, { checkAPI: false, timeout: 1_000 });
    await eventually(() => jsm.getAccountInfo(), { timeoutMs: leaderTimeoutMs, everyMs: 100 });
  } finally {
    await nc.close();
  }
}

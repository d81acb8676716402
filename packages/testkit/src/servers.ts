import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env } from "node:process";
import {
  type NatsServer,
  type PostgresServer,
  type StartNatsOptions,
  startNats,
  startPostgres,
} from "@mio/embedded";
import { inject } from "vitest";
import type {} from "./vitest-setup.ts";

/** Test machines are busy. */
const startTimeoutMs = 30_000;

/**
 * Starts an empty nats-server in memory for the caller. It takes about 20 ms. Stream names are fixed by the contract,
 * so tests are separated by servers rather than by prefixes.
 */
export function testNats(options: TestNatsOptions = {}): Promise<NatsServer> {
  return startNats({ binary: inject("mioNatsServer"), startTimeoutMs, ...options });
}

/** Message size limit, JetStream limit, and users that may connect. */
export type TestNatsOptions = Pick<StartNatsOptions, "maxPayloadBytes" | "maxStoreBytes" | "users">;

/** Starts a nats-server that keeps its streams on disk, in a new folder unless `dir` is given. */
export async function privateNats(
  options: Pick<StartNatsOptions, "syncAlways" | "monitored" | "dir"> = {},
): Promise<NatsServer> {
  const common = { binary: inject("mioNatsServer"), startTimeoutMs };
  if (options.dir !== undefined) return startNats({ ...common, ...options });
  const dir = await mkdtemp(join(tmpdir(), "mio-test-nats-"));
  const server = await startNats({ ...common, dir, ...options });
  return withCleanUp(server, () => rm(dir, { recursive: true, force: true, maxRetries: 5 }));
}

/** Starts a separate Postgres, for tests that kill and restart it. */
export function privatePostgres(): Promise<PostgresServer> {
  return startPostgres({ env });
}

function withCleanUp<Server extends AsyncDisposable>(server: Server, cleanUp: () => Promise<void>): Server {
  const dispose = server[Symbol.asyncDispose];
  return Object.defineProperty(server, Symbol.asyncDispose, {
    value: async () => {
      await dispose.call(server);
      await cleanUp();
    },
  });
}

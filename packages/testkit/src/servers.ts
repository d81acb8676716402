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

/** Machines that run tests are busy. */
const startTimeoutMs = 30_000;

/**
 * A nats-server of the caller's own, in memory and empty. It starts in some 20 ms, and stream names
 * are fixed by the contract, so tests are kept apart by servers rather than by prefixes.
 */
export function testNats(options: TestNatsOptions = {}): Promise<NatsServer> {
  return startNats({ binary: inject("mioNatsServer"), startTimeoutMs, ...options });
}

/** How large messages may be, how much JetStream may keep, and who may connect. */
export type TestNatsOptions = Pick<StartNatsOptions, "maxPayloadBytes" | "maxStoreBytes" | "users">;

/** A nats-server that keeps its streams on disk, in a folder of its own unless one is named. */
export async function privateNats(
  options: { readonly syncAlways?: boolean; readonly dir?: string } = {},
): Promise<NatsServer> {
  const common = { binary: inject("mioNatsServer"), startTimeoutMs };
  if (options.dir !== undefined) return startNats({ ...common, ...options });
  const dir = await mkdtemp(join(tmpdir(), "mio-test-nats-"));
  const server = await startNats({ ...common, dir, ...options });
  return withCleanUp(server, () => rm(dir, { recursive: true, force: true, maxRetries: 5 }));
}

/** A Postgres of the caller's own, for tests that kill it and start it again. */
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
